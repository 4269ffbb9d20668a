import type { PodRecord } from './history.ts'
import { appOf } from './pod-app.ts'
import { hash32, hexOf, integerOf, unitOf } from './random.ts'
import { lasts, type Trouble } from './troubles.ts'

/** A frontend writes one line about one request in this time: the sampled ones, which are also traced. */
export const REQUEST_PERIOD_MS = 4000

/** One request that a frontend answered: what its log line says and what its trace shows come from here. */
export interface ServedRequest {
  traceId: string
  requestId: number
  /** When it came in; when its answer was whole. */
  startMs: number
  endMs: number
  inputTokens: number
  outputTokens: number
  status: 200 | 500 | 529
  /** Waiting in the engine's queue, milliseconds: long while its KV cache is full. */
  queueMs: number
  preempted: boolean
  /** The first worker died under it; `recovered` by another one. */
  engineDead: boolean
  recovered: boolean
  /** The worker that dies, where one is meant */
  deadPod?: string
}

/** A trouble names the workload, or one pod of it. */
const hits = ({ app }: Trouble, workload: string) => app === workload || app?.startsWith(`${workload}-`) === true
const kills = ({ kind, xid }: Trouble) => kind === 'oom-loop' || kind === 'crash-loop' || (kind === 'xid' && xid === 79)

/** The request that ends in a tick of a frontend: a pure function of the pod, the time and what was wrong then. */
export function requestAt(record: PodRecord, tick: number, troubles: readonly Trouble[]): ServedRequest {
  const { uid, namespace } = record.pod.metadata
  const key = `${uid}/${tick}`
  const endMs = tick * REQUEST_PERIOD_MS + (hash32(key) % REQUEST_PERIOD_MS)
  const app = appOf(record.pod)
  const mine = troubles.filter((one) => one.namespace === namespace && hits(one, app) && lasts(one, endMs))
  const full = mine.some(({ kind }) => kind === 'kv-cache-full') && unitOf(`${key}/full`) < 0.8
  const killer = mine.find(kills)
  const engineDead = killer !== undefined && unitOf(`${key}/dead`) < 0.5
  const rejected = !engineDead && unitOf(`${key}/level`) < (full ? 0.08 : 0.01)
  const recovered = engineDead && unitOf(`${key}/recovered`) < 0.4
  const queueMs = rejected ? 0 : full ? integerOf(`${key}/queue`, 12_000, 48_000) : integerOf(`${key}/queue`, 1, 30)
  const answerMs = rejected
    ? integerOf(`${key}/e`, 4, 20)
    : engineDead && !recovered
      ? integerOf(`${key}/e`, 80, 900)
      : integerOf(`${key}/e`, 300, 14_000) + queueMs
  return {
    traceId: traceIdOf(uid, tick),
    requestId: integerOf(key, 1e6, 9e6),
    startMs: endMs - answerMs,
    endMs,
    inputTokens: integerOf(key, 40, 6000),
    outputTokens: rejected || (engineDead && !recovered) ? 0 : integerOf(`${key}/o`, 20, 900),
    status: rejected ? 529 : engineDead && !recovered ? 500 : 200,
    queueMs: engineDead && !recovered ? 0 : queueMs,
    preempted: full && !rejected && unitOf(`${key}/preempted`) < 0.4,
    engineDead,
    recovered,
    ...(killer?.app !== undefined && killer.app !== app && { deadPod: killer.app }),
  }
}

/** The tick stands in the id, so that a trace is found by its id alone. */
const traceIdOf = (uid: string, tick: number) =>
  `${tick.toString(16).padStart(10, '0')}${hexOf(`${uid}/${tick}/trace`, 22)}`
export const tickOf = (traceId: string): number => Number.parseInt(traceId.slice(0, 10), 16)

/** What the frontend's log says of it. */
export function requestLine(request: ServedRequest): { text: string; level: 'info' | 'warn' | 'error' } {
  const { requestId, traceId, inputTokens, outputTokens, startMs, endMs } = request
  if (request.status === 529)
    return {
      level: 'warn',
      text: `WARN http request rejected request_id=${requestId} status=529 reason="all workers busy" trace_id=${traceId}`,
    }
  if (request.status === 500)
    return {
      level: 'error',
      text: `ERROR http request failed request_id=${requestId} endpoint=chat_completions status=500 error="worker disconnected: EngineDeadError" elapsed_ms=${endMs - startMs} trace_id=${traceId}`,
    }
  return {
    level: 'info',
    text: `INFO http request completed request_id=${requestId} endpoint=chat_completions status=200 input_tokens=${inputTokens} output_tokens=${outputTokens} elapsed_ms=${endMs - startMs} trace_id=${traceId}`,
  }
}
