import type * as z from 'zod'
import type { ToolError } from '#contract'
import type { Endpoint } from '../endpoint.ts'
import { type Asked, titleOf, upstreamError, wordsOf } from '../failures.ts'
import type { HttpResponse } from '../http.ts'
import { checkAnswer, jsonOf } from '../parse.ts'
import type { RayDashboard, RayNode } from './types.ts'
import { jobLogs, jobs, type NodeSummary, nodes, refused, version } from './wire.ts'

function nodeOf({ hostname, ip, cpu, mem, gpus, raylet }: NodeSummary): RayNode[] {
  // A node that has not registered yet has no id and no state: it is not part of the cluster.
  if (!raylet?.nodeId) return []
  const [total, , , used] = mem ?? []
  const address = ip ?? raylet.nodeManagerAddress ?? ''
  return [
    {
      nodeId: raylet.nodeId,
      ip: address,
      name: hostname ?? raylet.nodeName ?? address,
      state: raylet.state ?? 'ALIVE',
      isHead: raylet.isHeadNode ?? false,
      resourcesTotal: raylet.resourcesTotal ?? {},
      labels: raylet.labels ?? {},
      gpus: (gpus ?? []).map(({ index, name, uuid, utilizationGpu, memoryUsed, memoryTotal }) => ({
        index,
        name,
        uuid,
        ...(typeof utilizationGpu === 'number' && { utilizationPercent: utilizationGpu }),
        ...(typeof memoryUsed === 'number' && { memoryUsedMib: memoryUsed }),
        ...(typeof memoryTotal === 'number' && { memoryTotalMib: memoryTotal }),
      })),
      ...(typeof cpu === 'number' && { cpuPercent: cpu }),
      ...(total !== undefined && used !== undefined && { memoryBytes: { total, used } }),
    },
  ]
}

function refusal(asked: Asked, { msg }: z.output<typeof refused>, status: number): ToolError {
  return upstreamError(asked, 'upstream-error', {
    message: `${titleOf(asked)} could not answer: ${msg.replace(/\s+/g, ' ').slice(0, 300)}`,
    next: 'Look at the head node: its GCS and its dashboard log; then ask again.',
    details: { status },
  })
}

function tryRefused(response: HttpResponse) {
  try {
    return refused.safeParse(JSON.parse(response.text()))
  } catch {
    return undefined
  }
}

/** The dashboard of one Ray head over an endpoint whose `cluster` is the name of the Ray cluster. Times are milliseconds. */
export function createRay(endpoint: Endpoint): RayDashboard {
  const asked = { upstream: endpoint.upstream, cluster: endpoint.cluster }
  const explain = (response: HttpResponse) => {
    const said = tryRefused(response)
    return said?.success ? refusal(asked, said.data, response.status) : undefined
  }
  async function ask<T>(
    schema: z.ZodType<T>,
    path: string,
    options: { signal?: AbortSignal; explain?: typeof explain },
  ) {
    const response = await endpoint.call({ path, explain, ...options })
    const value = jsonOf(asked, response)
    const said = refused.safeParse(value)
    if (said.success) throw refusal(asked, said.data, response.status)
    return checkAnswer(asked, schema, value)
  }
  return {
    name: endpoint.cluster ?? '',
    async version(signal) {
      const { ray_version, session_name } = await ask(version, '/api/version', { signal })
      return { rayVersion: ray_version, ...(session_name && { sessionName: session_name }) }
    },
    async nodes(signal) {
      return (await ask(nodes, '/nodes?view=summary', { signal })).data.summary.flatMap(nodeOf)
    },
    async jobs(signal) {
      return (await ask(jobs, '/api/jobs/', { signal })).map((job) => ({
        id: job.submission_id ?? job.job_id ?? '',
        status: job.status,
        type: job.type,
        entrypoint: job.entrypoint,
        ...(job.message && { message: job.message }),
        ...(job.start_time && { startTimeMs: job.start_time }),
        ...(job.end_time && { endTimeMs: job.end_time }),
      }))
    },
    async jobLogs(id, signal) {
      const explainLogs = (response: HttpResponse) =>
        response.status === 400 ? onlySubmitted(asked, id, response) : explain(response)
      const path = `/api/jobs/${encodeURIComponent(id)}/logs`
      return (await ask(jobLogs, path, { signal, explain: explainLogs })).logs
    },
  }
}

const onlySubmitted = (asked: Asked, id: string, response: HttpResponse) =>
  upstreamError(asked, 'invalid-input', {
    message: `${titleOf(asked)} keeps no log of job "${id}": ${wordsOf(response)}`,
    next: 'Only submitted jobs have a log; for a driver, read the log of the pod or machine that runs it.',
    field: 'id',
    details: { status: response.status },
  })
