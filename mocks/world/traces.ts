import type { Cluster } from './cluster.ts'
import { type History, type PodRecord, stepAt } from './history.ts'
import { appOf } from './pod-app.ts'
import { hexOf, integerOf } from './random.ts'
import { REQUEST_PERIOD_MS, requestAt, type ServedRequest, tickOf } from './requests.ts'
import type { ServingIndex, ServingInfo } from './serving-info.ts'
import type { Trouble } from './troubles.ts'

export type AttributeValue = string | number | boolean

export interface WorldSpan {
  spanId: string
  parentSpanId?: string
  service: string
  name: string
  kind: 'internal' | 'server' | 'client'
  startMs: number
  endMs: number
  error?: string
  attributes: Record<string, AttributeValue>
  resource: Record<string, AttributeValue>
  events: { name: string; atMs: number; attributes: Record<string, AttributeValue> }[]
}

export interface WorldTrace {
  traceId: string
  startMs: number
  endMs: number
  spans(): WorldSpan[]
}

export interface TraceContext {
  /** Workers by their frontend's pod, found once for each question */
  workers: Map<PodRecord, PodRecord[]>
  cluster: Cluster
  history: History
  serving: ServingIndex
  troubles: readonly Trouble[]
}

const RETENTION_MS = 48 * 3_600_000

interface Frontend {
  record: PodRecord
  info: ServingInfo
}

const frontendsOf = ({ history, serving }: TraceContext): Frontend[] =>
  history.records().flatMap((record) => {
    const info = serving.infoOf(record.pod)
    return info?.role === 'frontend' ? [{ record, info }] : []
  })

const wasUp = (record: PodRecord, atMs: number) => {
  const step = stepAt(record, atMs)
  return step?.phase === 'Running' && step.waitingReason === ''
}

function traceOf(context: TraceContext, { record, info }: Frontend, tick: number): WorldTrace | undefined {
  const request = requestAt(record, tick, context.troubles)
  if (!wasUp(record, request.endMs)) return undefined
  const { traceId, startMs, endMs } = request
  return { traceId, startMs, endMs, spans: () => spansOf(context, { record, info }, request) }
}

/** Traces whose answer was whole in a span of time, newest first: those of the requests that the frontends logged. */
export function tracesBetween(context: TraceContext, fromMs: number, toMs: number): WorldTrace[] {
  const found: WorldTrace[] = []
  const frontends = frontendsOf(context)
  const first = Math.floor(Math.max(fromMs, toMs - RETENTION_MS) / REQUEST_PERIOD_MS)
  for (let tick = Math.floor(toMs / REQUEST_PERIOD_MS); tick >= first; tick--)
    for (const frontend of frontends) {
      const trace = traceOf(context, frontend, tick)
      if (trace && trace.endMs >= fromMs && trace.endMs < toMs) found.push(trace)
    }
  return found.sort((a, b) => b.startMs - a.startMs)
}

export function traceById(context: TraceContext, traceId: string, nowMs: number): WorldTrace | undefined {
  const tick = tickOf(traceId)
  const endMs = tick * REQUEST_PERIOD_MS
  if (!Number.isFinite(tick) || endMs > nowMs || endMs < nowMs - RETENTION_MS) return undefined
  for (const frontend of frontendsOf(context)) {
    const trace = traceOf(context, frontend, tick)
    if (trace?.traceId === traceId && trace.endMs <= nowMs) return trace
  }
  return undefined
}

function workersOf({ history, serving }: TraceContext, frontend: PodRecord): PodRecord[] {
  const app = appOf(frontend.pod)
  const { namespace } = frontend.pod.metadata
  return history
    .records()
    .filter(
      ({ pod }) => pod.metadata.namespace === namespace && appOf(pod) === app && serving.infoOf(pod)?.role === 'worker',
    )
}

const isPrefill = ({ pod }: PodRecord) =>
  Object.values(pod.metadata.labels ?? {}).some((value) => /prefill/i.test(value)) || /prefill/.test(pod.metadata.name)

function resourceOf(cluster: string, service: string, { pod }: PodRecord): Record<string, AttributeValue> {
  return {
    'service.name': service,
    'k8s.cluster.name': cluster,
    'k8s.namespace.name': pod.metadata.namespace ?? '',
    'k8s.pod.name': pod.metadata.name,
    ...(pod.spec.nodeName ? { 'k8s.node.name': pod.spec.nodeName } : {}),
    'telemetry.sdk.language': service.endsWith('worker') ? 'python' : 'rust',
  }
}

/** frontend → router (one look-up for each worker) → perhaps prefill → the engine, with the times that the request had. */
function spansOf(context: TraceContext, { record, info }: Frontend, request: ServedRequest): WorldSpan[] {
  const cluster = context.cluster.spec.name
  const { traceId, startMs, endMs } = request
  const { graph, model } = info
  const spans: WorldSpan[] = []
  const add = (
    who: { service: string; record: PodRecord },
    span: Omit<WorldSpan, 'spanId' | 'service' | 'resource' | 'events' | 'attributes'> & Partial<WorldSpan>,
  ): string => {
    const spanId = hexOf(`${traceId}/${spans.length}`, 16)
    const resource = resourceOf(cluster, who.service, who.record)
    spans.push({ attributes: {}, events: [], ...span, spanId, service: who.service, resource })
    return spanId
  }
  const frontend = { service: `${graph}-frontend`, record }
  const router = { service: `${graph}-router`, record }
  const failed = request.status !== 200
  const root = add(frontend, {
    name: 'POST /v1/chat/completions',
    kind: 'server',
    startMs,
    endMs,
    ...(failed ? { error: request.status === 529 ? 'all workers busy' : 'worker disconnected' } : {}),
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/v1/chat/completions',
      'http.response.status_code': request.status,
      'gen_ai.request.model': model,
      'request.id': String(request.requestId),
    },
  })
  const tokenizedMs = Math.min(endMs, startMs + integerOf(`${traceId}/tok`, 1, 3))
  add(frontend, { parentSpanId: root, name: 'tokenize', kind: 'internal', startMs, endMs: tokenizedMs })
  const workers = context.workers.get(record) ?? workersOf(context, record)
  context.workers.set(record, workers)
  const decode = workers.filter((worker) => !isPrefill(worker))
  const routedMs = Math.min(endMs, tokenizedMs + 2 + decode.length)
  const route = add(router, {
    parentSpanId: root,
    name: 'kv_router.route',
    kind: 'internal',
    startMs: tokenizedMs,
    endMs: routedMs,
    ...(request.status === 529 ? { error: 'no worker below the busy threshold' } : {}),
    attributes: { 'router.workers': decode.length },
  })
  decode.forEach((worker, index) => {
    const at = Math.min(routedMs, tokenizedMs + 1 + index)
    const attributes = { 'worker.pod': worker.pod.metadata.name }
    add(router, {
      parentSpanId: route,
      name: 'kv_index.lookup',
      kind: 'internal',
      startMs: at,
      endMs: Math.min(routedMs, at + 0.7),
      attributes,
    })
  })
  if (request.status === 529 || decode.length === 0) return spans
  const first =
    (request.engineDead && decode.find(({ pod }) => pod.metadata.name === request.deadPod)) ||
    decode[integerOf(`${traceId}/worker`, 0, decode.length - 1)]!
  const deadMs = request.recovered ? routedMs + 60 : endMs - 2
  if (request.engineDead)
    attempt(first, [routedMs, deadMs], 'EngineCore encountered an issue. See stack trace (above) for the root cause.')
  if (failed) return spans
  const other = decode.find((worker) => worker !== first) ?? first
  let beginMs = request.engineDead ? deadMs + 5 : routedMs
  const prefill = workers.find(isPrefill)
  if (prefill) {
    const untilMs = Math.min(endMs - 1, beginMs + info.ttftSeconds * 800)
    const call = add(frontend, {
      parentSpanId: root,
      name: 'prefill',
      kind: 'client',
      startMs: beginMs,
      endMs: untilMs,
    })
    add(
      { service: `${graph}-prefill`, record: prefill },
      {
        parentSpanId: call,
        name: 'llm_request',
        kind: 'server',
        startMs: beginMs + 0.5,
        endMs: untilMs - 0.5,
        attributes: { 'gen_ai.usage.prompt_tokens': request.inputTokens },
      },
    )
    beginMs = untilMs
  }
  attempt(request.engineDead ? other : first, [beginMs, endMs - 1])
  return spans

  function attempt(worker: PodRecord, [fromMs, toMs]: [number, number], error?: string) {
    const message = error === undefined ? {} : { error }
    const call = add(frontend, {
      parentSpanId: root,
      name: 'generate',
      kind: 'client',
      startMs: fromMs,
      endMs: toMs,
      ...message,
    })
    const firstTokenMs = Math.min(toMs - 1, fromMs + request.queueMs + info.ttftSeconds * 1000)
    add(
      { service: `${graph}-worker`, record: worker },
      {
        parentSpanId: call,
        name: 'llm_request',
        kind: 'server',
        startMs: fromMs + 0.6,
        endMs: toMs - 0.4,
        ...message,
        attributes: {
          'gen_ai.request.model': model,
          'gen_ai.usage.prompt_tokens': request.inputTokens,
          'gen_ai.usage.completion_tokens': error === undefined ? request.outputTokens : 0,
          ...(error === undefined
            ? {
                'gen_ai.latency.time_in_queue': request.queueMs / 1000,
                'gen_ai.latency.time_to_first_token': (firstTokenMs - fromMs) / 1000,
                'gen_ai.latency.e2e': (toMs - fromMs) / 1000,
              }
            : {}),
        },
        events:
          error !== undefined
            ? [
                {
                  name: 'exception',
                  atMs: toMs - 0.4,
                  attributes: { 'exception.type': 'EngineDeadError', 'exception.message': error },
                },
              ]
            : [
                ...(request.preempted
                  ? [{ name: 'preempted', atMs: fromMs + request.queueMs / 2, attributes: {} }]
                  : []),
                { name: 'first_token', atMs: firstTokenMs, attributes: {} },
              ],
      },
    )
  }
}
