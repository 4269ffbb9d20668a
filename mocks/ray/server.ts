import type { ServerResponse } from 'node:http'
import { type Handler, type Request, type RunningServer, sendJson, sendText, startServer } from '../http-server.ts'
import type { RayCluster } from '../world/ray-clusters.ts'
import { isTerminal, type RayJobRecord } from '../world/ray-jobs.ts'
import type { World } from '../world/world.ts'
import { jobLog, jobWire, logicalResources, nodeSummary, type StateRow, stateRows, statusText } from './wire.ts'

export interface RayOptions {
  world: World
  /** Looks the cluster up for each request: a Ray cluster on Kubernetes may come and go. */
  find(): RayCluster | undefined
  port?: number
  guard?: (handler: Handler) => Handler
}

/** The dashboard, jobs and state REST of a Ray head (port 8265). */
export function startRay({ world, find, port = 0, guard }: RayOptions): Promise<RunningServer> {
  const handler: Handler = (request, response) => {
    const cluster = find()
    if (!cluster || cluster.nodes().length === 0) return request.incoming.socket.destroy() && undefined
    return answerRay({ world, cluster, path: request.url.pathname }, request, response)
  }
  return startServer(guard ? guard(handler) : handler, port)
}

export interface RayCall {
  world: World
  cluster: RayCluster
  path: string
}

/** Answers one request to a Ray head, whichever way it came (directly or through the API server's proxy). */
export async function answerRay(
  { world, cluster, path }: RayCall,
  request: Request,
  response: ServerResponse,
): Promise<void> {
  world.sync()
  const { method, headers } = request
  if (method !== 'GET' && /^Mozilla/.test(headers['user-agent'] ?? ''))
    return sendText(response, 405, 'Method Not Allowed for browser traffic.')
  if (cluster.token !== undefined) {
    const given = headers.authorization ?? headers['x-ray-authorization']
    if (!given) return sendText(response, 401, 'Unauthorized: Missing authentication token')
    if (given !== `Bearer ${cluster.token}`) return sendText(response, 403, 'Forbidden: Invalid authentication token')
  }
  if (path === '/api/version')
    return sendJson(response, 200, {
      version: '4',
      ray_version: cluster.rayVersion,
      ray_commit: 'mock',
      session_name: 'session_2026-11-01_00-00-00_000000_1',
    })
  if (path === '/api/healthz' || path === '/api/gcs_healthz') return sendText(response, 200, 'success')
  if (path.startsWith('/api/jobs')) return answerJobs({ world, cluster, path }, request, response)
  const parameters = request.url.searchParams
  const jobs = world.rayJobs.list(cluster.key)
  if (path === '/nodes') return answerNodes(world, cluster, { parameters, response })
  const nodeId = /^\/nodes\/(\w+)$/.exec(path)?.[1]
  if (nodeId) {
    const node = cluster.nodes().find((one) => one.nodeId === nodeId)
    return node
      ? sendJson(response, 200, envelope('Node details fetched.', { detail: nodeSummary(node, world.now()) }))
      : sendJson(response, 200, { result: false, msg: `node ${nodeId} not found`, data: {} })
  }
  if (path === '/api/cluster_status') {
    const text = statusText(cluster, jobs)
    if (parameters.get('format') === '1')
      return sendJson(response, 200, envelope('Got formatted cluster status.', { clusterStatus: text }))
    return sendJson(
      response,
      200,
      envelope('Got cluster status.', {
        autoscalingStatus: text,
        autoscalingError: null,
        clusterStatus: { loadMetricsReport: {} },
      }),
    )
  }
  if (path === '/api/serve/applications/')
    return sendJson(response, 200, {
      controller_info: null,
      proxy_location: 'EveryNode',
      http_options: { host: '0.0.0.0', port: 8000 },
      grpc_options: null,
      proxies: {},
      applications: {},
      target_capacity: null,
    })
  const summary = /^\/api\/v0\/(tasks|actors)\/summarize$/.exec(path)?.[1]
  if (summary) return sendJson(response, 200, summarize(stateRows(summary, cluster, jobs) ?? []))
  const kind = /^\/api\/v0\/(\w+)$/.exec(path)?.[1]
  const rows = kind ? stateRows(kind, cluster, jobs) : undefined
  if (rows) return answerState(rows, { parameters, response })
  sendText(response, 404, '404: Not Found')
}

function envelope(msg: string, data: unknown) {
  return { result: true, msg, data }
}

type Answer = { parameters: URLSearchParams; response: ServerResponse }

function answerNodes(world: World, cluster: RayCluster, { parameters, response }: Answer): void {
  const nodes = cluster.nodes()
  const view = parameters.get('view')
  const summary = () => nodes.map((node) => nodeSummary(node, world.now()))
  const body =
    view === 'summary'
      ? envelope('Node summary fetched.', { summary: summary(), nodeLogicalResources: logicalResources(nodes) })
      : view?.toLowerCase() === 'hostnamelist'
        ? envelope('Node hostname list fetched.', { hostNameList: nodes.map((node) => node.hostname) })
        : { result: false, msg: `Unknown view ${view}`, data: {} }
  sendJson(response, 200, body)
}

function answerState(rows: StateRow[], { parameters, response }: Answer): void {
  const keys = parameters.getAll('filter_keys')
  const predicates = parameters.getAll('filter_predicates')
  const values = parameters.getAll('filter_values')
  const limit = Number(parameters.get('limit') ?? 100)
  if (limit > 10_000) {
    const msg = `Given limit ${limit} exceeds the supported limit 10000. Use a lower limit.`
    sendJson(response, 400, { result: false, msg, data: { result: null } })
    return
  }
  const filtered = rows.filter((row) =>
    keys.every((key, index) => (String(row[key]) === values[index]) === ((predicates[index] ?? '=') === '=')),
  )
  const result = filtered.slice(0, limit)
  const counts = { total: rows.length, num_after_truncation: rows.length, num_filtered: filtered.length }
  sendJson(
    response,
    200,
    envelope('', { result: { ...counts, result, partial_failure_warning: null, warnings: null } }),
  )
}

function summarize(rows: StateRow[]) {
  const summary: Record<string, { func_or_class_name: string; type: string; state_counts: Record<string, number> }> = {}
  for (const row of rows) {
    const name = String(row.func_or_class_name ?? row.class_name)
    summary[name] ??= { func_or_class_name: name, type: String(row.type ?? 'ACTOR'), state_counts: {} }
    const counts = summary[name].state_counts
    counts[String(row.state)] = (counts[String(row.state)] ?? 0) + 1
  }
  return envelope('', {
    result: {
      total: rows.length,
      num_after_truncation: rows.length,
      num_filtered: rows.length,
      result: { node_id_to_summary: { cluster: { summary, total_tasks: rows.length, summary_by: 'func_name' } } },
      partial_failure_warning: null,
      warnings: null,
    },
  })
}

interface Submission {
  entrypoint?: string
  submission_id?: string
  runtime_env?: Record<string, unknown>
  metadata?: Record<string, string>
  entrypoint_num_gpus?: number
}

async function answerJobs(
  { world, cluster, path }: RayCall,
  request: Request,
  response: ServerResponse,
): Promise<void> {
  const { key } = cluster
  const head = cluster.nodes().find((node) => node.isHead)
  const { method } = request
  if (/^\/api\/jobs\/?$/.test(path)) {
    if (method === 'POST') return submit(world, key, { request, response })
    return sendJson(
      response,
      200,
      world.rayJobs.list(key).map((job) => jobWire(job, head)),
    )
  }
  const [, id = '', action] = /^\/api\/jobs\/([^/]+?)(?:\/(stop|logs))?\/?$/.exec(path) ?? []
  const job: RayJobRecord | undefined =
    world.rayJobs.get(key, decodeURIComponent(id)) ?? world.rayJobs.list(key).find((one) => one.driverJobId === id)
  if (!job) return sendText(response, 404, `Job ${id} does not exist`)
  if (action === 'logs') return sendJson(response, 200, { logs: jobLog(job, world.now()) })
  if (action === 'stop' && method === 'POST')
    return sendJson(response, 200, { stopped: world.rayJobs.stop(key, job.submissionId) })
  if (method === 'DELETE') {
    if (!isTerminal(job))
      return sendText(
        response,
        500,
        `Attempted to delete job '${job.submissionId}', but it is in a non-terminal state (${job.status}).`,
      )
    return sendJson(response, 200, { deleted: world.rayJobs.remove(key, job.submissionId) })
  }
  sendJson(response, 200, jobWire(job, head))
}

async function submit(
  world: World,
  key: string,
  { request, response }: { request: Request; response: ServerResponse },
): Promise<void> {
  let body: Submission
  try {
    body = JSON.parse(await request.text()) as Submission
  } catch {
    return sendText(response, 400, 'Traceback (most recent call last):\njson.decoder.JSONDecodeError: Expecting value')
  }
  if (!body.entrypoint)
    return sendText(
      response,
      400,
      "Traceback (most recent call last):\nTypeError: JobSubmitRequest.__init__() missing 1 required positional argument: 'entrypoint'",
    )
  const job = world.rayJobs.submit(key, {
    entrypoint: body.entrypoint,
    ...(body.submission_id ? { submissionId: body.submission_id } : {}),
    ...(body.metadata ? { metadata: body.metadata } : {}),
    ...(body.runtime_env ? { runtimeEnv: body.runtime_env } : {}),
    ...(body.entrypoint_num_gpus ? { entrypointNumGpus: body.entrypoint_num_gpus } : {}),
  })
  if (!job)
    return sendText(
      response,
      500,
      `Job with submission_id ${body.submission_id} already exists. Please use a different submission_id.`,
    )
  sendJson(response, 200, { job_id: job.submissionId, submission_id: job.submissionId })
}
