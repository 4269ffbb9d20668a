import type { ServerResponse } from 'node:http'
import { type Handler, type Request, type RunningServer, sendJson, sendText, startServer } from '../http-server.ts'
import type { Cluster } from '../world/cluster.ts'
import type { Pod } from '../world/kube-types.ts'
import type { World } from '../world/world.ts'
import { answerReview, authenticate, authorize, type Identity } from './access.ts'
import { mergePatch } from './apply.ts'
import { discover } from './discovery.ts'

import { refuseEviction } from './eviction.ts'
import { acceptExec } from './exec.ts'
import { listText, type Query, selectorOf } from './list.ts'
import { type Target, targetOf } from './path.ts'
import { sendPodLog } from './pod-log.ts'
import type { DeleteOptions } from './remove.ts'
import { metricsTypes, REVIEWS, type ResourceType, resourceTypes } from './resources.ts'
import { changeScale, scaleOf } from './scale.ts'
import { wholeText } from './serialize.ts'
import { notFound, StatusError } from './status.ts'
import { answerMetrics, type UsageSource } from './usage.ts'
import { startWatch } from './watch.ts'
import { createWriter, parseBody, type WriteInput, type Writer } from './write.ts'

export interface KubernetesOptions {
  world: World
  cluster: string
  port?: number
  /** The only bearer token taken; without it any is (see `access.ts` for `viewer` and `nobody`). */
  token?: string
  /** Answers requests to the proxy of a Service; false when it knows no such Service. */
  proxy?: ServiceProxy
  guard?: (handler: Handler) => Handler
  /** With it the cluster has a metrics server. */
  usage?: UsageSource
}

export type ServiceProxy = (
  service: { cluster: string; namespace: string; name: string; port: string; path: string },
  request: Request,
  response: ServerResponse,
) => Promise<boolean>

interface Context {
  world: World
  cluster: Cluster
  types: ResourceType[]
  writer: Writer
  proxy: ServiceProxy | undefined
  token: string | undefined
  usage: UsageSource | undefined
}

/** A Kubernetes API server over one cluster of the world, on loopback. */
export function startKubernetes(options: KubernetesOptions): Promise<RunningServer> {
  const { world } = options
  const cluster = world.cluster(options.cluster)
  const context: Context = {
    world,
    cluster,
    types: [...resourceTypes(cluster.spec), ...(options.usage ? metricsTypes() : [])],
    usage: options.usage,
    writer: createWriter(cluster, world.lifecycle(options.cluster)),
    proxy: options.proxy,
    token: options.token,
  }
  const handler: Handler = async (request, response) => {
    world.sync()
    try {
      await answer(context, request, response)
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      sendJson(response, error.code, error.body())
    }
    world.sync()
  }
  return startServer(options.guard ? options.guard(handler) : handler, options.port ?? 0)
}

async function answer(context: Context, request: Request, response: ServerResponse): Promise<void> {
  const { cluster, types } = context
  const { pathname } = request.url
  if (['/healthz', '/livez', '/readyz'].includes(pathname)) return sendText(response, 200, 'ok')
  const identity = authenticate(request.headers.authorization, context.token)
  if (pathname === '/version') return sendJson(response, 200, versionInfo(cluster))
  const found = discover(types, pathname.replace(/\/$/, '') || '/', request.headers.host ?? '')
  if (found) return sendJson(response, 200, found)
  const review = REVIEWS.find(([group, plural]) => pathname === `/apis/${group}/v1/${plural}`)
  if (review && request.method === 'POST') {
    return sendJson(response, 201, answerReview(review[2], identity, JSON.parse(await request.text())))
  }
  const target = targetOf(types, pathname)
  if (!target) return sendText(response, 404, '404 page not found\n')
  await serve(context, { request, response, identity, target })
}

function versionInfo({ spec }: Cluster) {
  const [major = '1', minor = '36'] = spec.kubernetesVersion.slice(1).split('.')
  return {
    major,
    minor,
    gitVersion: spec.kubernetesVersion,
    gitTreeState: 'clean',
    goVersion: 'go1.25.3',
    compiler: 'gc',
    platform: 'linux/amd64',
  }
}

interface Call {
  request: Request
  response: ServerResponse
  identity: Identity
  target: Target
}

const VERBS: Record<string, string> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }

async function serve(context: Context, call: Call): Promise<void> {
  const { request, response, identity, target } = call
  const { type, namespace, name, subresource } = target
  const parameters = request.url.searchParams
  const watching = ['true', '1'].includes(parameters.get('watch') ?? '')
  const verb = VERBS[request.method] ?? (name ? 'get' : watching ? 'watch' : 'list')
  if (type.key === 'services' && subresource === 'proxy') return serveProxy(context, call)
  const isExec = type.key === 'pods' && subresource === 'exec'
  authorize(identity, {
    // A WebSocket begins as a GET, but running a program is a right to create (1.35 and later insist on it).
    verb: isExec ? 'create' : verb === 'delete' && !name ? 'deletecollection' : verb,
    type,
    namespace,
    name,
    ...(subresource ? { subresource } : {}),
  })
  if (subresource) return serveSubresource(context, call)
  const query: Query = { namespace, parameters, accept: request.headers.accept ?? '' }
  if (context.usage && ['get', 'list'].includes(verb)) {
    const metrics = answerMetrics(context.cluster, { target, query, source: context.usage })
    if (metrics) return sendJson(response, 200, metrics)
  }
  if (verb === 'watch') return startWatch(context.cluster, type, { query, response })
  if (verb === 'list') return sendText(response, 200, listText(context.cluster, type, query), 'application/json')
  if (verb === 'get') {
    const object = context.cluster.store.get(type.key, namespace, name)
    if (!object) throw notFound(type, name)
    return sendText(response, 200, wholeText(type, object), 'application/json')
  }
  const input = await writeInput(call)
  if (verb === 'delete') return serveDelete(context, { call, input, query })
  const { code, object } =
    verb === 'create'
      ? context.writer.create(input)
      : verb === 'update'
        ? context.writer.replace(input)
        : context.writer.patch(input)
  sendText(response, code, wholeText(type, object), 'application/json')
}

async function writeInput({ request, target }: Call): Promise<WriteInput> {
  return {
    type: target.type,
    namespace: target.namespace,
    name: target.name,
    body: await request.text(),
    contentType: request.headers['content-type'] ?? 'application/json',
    parameters: request.url.searchParams,
    userAgent: request.headers['user-agent'] ?? '',
  }
}

function serveDelete(
  { cluster, writer }: Context,
  { call, input, query }: { call: Call; input: WriteInput; query: Query },
): void {
  const { type, name } = call.target
  if (name) {
    const object = writer.remove(input)
    const details = { name, ...(type.group ? { group: type.group } : {}), kind: type.plural, uid: object.metadata.uid }
    const status = JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details })
    const whole = type.key === 'pods' || type.key === 'namespaces'
    sendText(call.response, 200, whole ? wholeText(type, object) : status, 'application/json')
    return
  }
  const selector = selectorOf(type, query)
  const doomed = cluster.store.list(type.key).filter((object) => !selector || selector(object))
  for (const { metadata } of doomed) writer.remove({ ...input, namespace: metadata.namespace, name: metadata.name })
  sendJson(call.response, 200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' })
}

async function serveSubresource({ world, cluster, writer }: Context, call: Call): Promise<void> {
  const { request, response, target } = call
  const { type, namespace, name, subresource } = target
  const object = cluster.store.get(type.key, namespace, name)
  if (!type.subresources.includes(subresource)) return sendText(response, 404, '404 page not found\n')
  if (!object) throw notFound(type, name)
  const parameters = request.url.searchParams
  if (subresource === 'log') {
    const { stream, restartsMs } = world.logOf(cluster.spec.name, object as Pod)
    return sendPodLog(cluster, response, { pod: object as Pod, stream, restartsMs, parameters })
  }
  if (subresource === 'exec') return acceptExec(world, cluster, { pod: object as Pod, request, response })
  if (subresource === 'eviction') {
    const input = await writeInput(call)
    const asked = (input.body ? parseBody(input.body, input.contentType) : {}) as { deleteOptions?: DeleteOptions }
    refuseEviction(cluster, object as Pod)
    writer.remove({ ...input, body: JSON.stringify(asked.deleteOptions ?? {}) })
    return sendJson(response, 201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })
  }
  if (subresource === 'status') {
    if (request.method === 'GET') return sendText(response, 200, wholeText(type, object), 'application/json')
    const patch = parseBody(await request.text(), request.headers['content-type'] ?? '') as { status?: unknown }
    const status = mergePatch(object.status ?? {}, patch.status ?? {}, { byKey: false })
    const next = { ...object, status }
    const changed = parameters.getAll('dryRun').includes('All') ? next : cluster.store.put(type.key, next)
    return sendText(response, 200, wholeText(type, changed), 'application/json')
  }
  if (request.method === 'GET') return sendJson(response, 200, scaleOf(type, object))
  const body = parseBody(await request.text(), request.headers['content-type'] ?? '')
  const changed = changeScale(cluster, type, {
    namespace,
    name,
    body,
    dryRun: parameters.getAll('dryRun').includes('All'),
  })
  sendJson(response, 200, scaleOf(type, changed))
}

async function serveProxy({ cluster, proxy }: Context, { request, response, target }: Call): Promise<void> {
  const [name = '', port = ''] = target.name.split(':')
  const namespace = target.namespace ?? 'default'
  if (!cluster.store.get('services', namespace, name)) throw notFound(target.type, name)
  const service = { cluster: cluster.spec.name, namespace, name, port, path: target.rest }
  if (await proxy?.(service, request, response)) return
  throw new StatusError(503, 'ServiceUnavailable', { message: `no endpoints available for service "${target.name}"` })
}
