import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes, randomUUID } from 'node:crypto'

const current = new AsyncLocalStorage<string>()
const isTraceId = (text: string) => /^[0-9a-f]{32}$/.test(text) && !/^0+$/.test(text)

/** 32 hexadecimal digits. By way of a UUID, because Node draws the randomness of those for many at once. */
export const newTraceId = (): string => randomUUID().replaceAll('-', '')

/** The trace that is under way */
export const currentTraceId = (): string | undefined => current.getStore()

/** Run `work` as part of a trace: requests to upstreams that it makes carry it (W3C trace context, FRM-042). */
export const traced = <T>(traceId: string, work: () => T): T => current.run(traceId, work)

/** The header for a request under way; a new parent span each time. Undefined outside a trace. */
export function currentTraceparent(): string | undefined {
  const traceId = current.getStore()
  return traceId !== undefined && isTraceId(traceId) ? `00-${traceId}-${randomBytes(8).toString('hex')}-01` : undefined
}

/** The trace id of a W3C `traceparent`; anything else is none of ours to repeat in logs and answers. */
export function traceIdOf(traceparent: unknown): string | undefined {
  const id =
    typeof traceparent === 'string' ? /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-/.exec(traceparent)?.[1] : undefined
  return id !== undefined && isTraceId(id) ? id : undefined
}
