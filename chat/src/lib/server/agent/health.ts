import type { EndpointChoice } from '../../types.ts'
import type { ModelEndpoint } from '../host.ts'
import { modelFailure } from './failure.ts'

interface Health {
  state: 'up' | 'slow' | 'down'
  since: number
  latencyMs?: number
  reason?: string
  checkedAt: number
  /** Failures since the last answer */
  failures: number
  /** The circuit is open: asked only when nobody else is left */
  openUntil: number
}

interface Served {
  model: string
  contextWindow?: number
  until: number
}

const probeEveryMs = 15_000
const probeLimitMs = 3_000
const slowMs = 1_500
const openMs = 30_000
const servedMs = 60_000
const noToolsMs = 10 * 60_000
export const defaultWindow = 32_768

// Belongs to the process: all conversations ask the same endpoints.
const health = new Map<string, Health>()
const served = new Map<string, Served>()
const probing = new Map<string, Promise<void>>()
const noTools = new Map<string, number>()
const thinksFromStart = new Set<string>()

const keyOf = ({ baseUrl, model }: Pick<ModelEndpoint, 'baseUrl' | 'model'>) => `${baseUrl} ${model ?? ''}`

/** For tests: nothing is known of any endpoint. */
export function forgetEndpoints() {
  for (const map of [health, served, noTools, thinksFromStart]) map.clear()
}

function tell(endpoint: ModelEndpoint, told: Partial<Health> & { state: Health['state'] }, now: number) {
  const before = health.get(keyOf(endpoint))
  health.set(keyOf(endpoint), {
    failures: 0,
    openUntil: 0,
    checkedAt: now,
    ...told,
    since: before?.state === told.state ? before.since : now,
  })
}

/** It answered: whatever was wrong is over. */
export function endpointAnswered(endpoint: ModelEndpoint, firstTokenMs: number, now: number) {
  const before = health.get(keyOf(endpoint))
  tell(endpoint, { state: 'up', latencyMs: before?.latencyMs ?? Math.round(firstTokenMs) }, now)
}

/** It failed to answer. Twice in a row, or not there at all: the circuit opens. */
export function endpointFailed(endpoint: ModelEndpoint, error: unknown, now: number) {
  const failure = modelFailure(error, { baseUrl: endpoint.baseUrl, model: endpoint.model ?? '' })
  const failures = (health.get(keyOf(endpoint))?.failures ?? 0) + 1
  const open = failures >= 2 || failure.modelDown === true || failure.code === 'rate-limited'
  tell(
    endpoint,
    { state: open ? 'down' : 'slow', reason: failure.message, failures, openUntil: open ? now + openMs : 0 },
    now,
  )
}

/** The order to ask in: those whose circuit is open come last, for when nobody else is left. */
export function inOrder(endpoints: readonly ModelEndpoint[], now: number): ModelEndpoint[] {
  const open = (endpoint: ModelEndpoint) => (health.get(keyOf(endpoint))?.openUntil ?? 0) > now
  return [...endpoints.filter((one) => !open(one)), ...endpoints.filter(open)]
}

/** What `/models` says: the name to ask for and how much fits. Throws what `fetch` throws. */
export async function askServed(endpoint: ModelEndpoint, now: number, signal?: AbortSignal): Promise<Served> {
  const { baseUrl, apiKey, model } = endpoint
  const cached = served.get(keyOf(endpoint))
  if (cached && cached.until > now) return cached
  const response = await fetch(`${baseUrl}/models`, {
    headers: apiKey ? { authorization: `Bearer ${apiKey}` } : {},
    signal: AbortSignal.any([AbortSignal.timeout(5000), ...(signal ? [signal] : [])]),
  })
  if (!response.ok)
    throw Object.assign(new Error((await response.text()).slice(0, 500)), { statusCode: response.status })
  const body = (await response.json()) as { data?: { id?: unknown; max_model_len?: unknown }[] }
  const list = Array.isArray(body.data) ? body.data : []
  const entry = list.find(({ id }) => id === model) ?? list[0]
  if (model === undefined && typeof entry?.id !== 'string') throw new Error('The model endpoint lists no models')
  const length = entry?.max_model_len
  const found: Served = {
    model: model ?? String(entry?.id),
    ...(typeof length === 'number' && length > 0 && { contextWindow: length }),
    until: now + servedMs,
  }
  served.set(keyOf(endpoint), found)
  return found
}

/** Tokens that one request may have, as far as that is known without asking. */
export const windowOf = (endpoint: ModelEndpoint): number =>
  endpoint.contextWindow ?? served.get(keyOf(endpoint))?.contextWindow ?? defaultWindow

/** Looks at an endpoint unless that was done a moment ago. Never rejects. */
export async function probe(endpoint: ModelEndpoint, now: () => number): Promise<void> {
  const key = keyOf(endpoint)
  const known = health.get(key)
  if (known && now() - known.checkedAt < probeEveryMs) return
  let going = probing.get(key)
  if (!going) {
    going = look(endpoint, now).finally(() => probing.delete(key))
    probing.set(key, going)
  }
  await going
}

async function look(endpoint: ModelEndpoint, now: () => number): Promise<void> {
  const started = now()
  const failures = health.get(keyOf(endpoint))?.failures ?? 0
  try {
    served.delete(keyOf(endpoint))
    await askServed(endpoint, started, AbortSignal.timeout(probeLimitMs))
    const latencyMs = now() - started
    const slow = latencyMs > slowMs
    tell(
      endpoint,
      {
        state: slow ? 'slow' : 'up',
        latencyMs,
        ...(slow && { reason: `It took ${latencyMs} ms to list its models.` }),
      },
      now(),
    )
  } catch (error) {
    const { message } = modelFailure(error, { baseUrl: endpoint.baseUrl, model: endpoint.model ?? '' })
    tell(endpoint, { state: 'down', reason: message, failures: failures + 1, openUntil: now() + openMs }, now())
  }
}

/** vLLM without a tool parser refuses tools; that is remembered for a while. */
export const refusesTools = (endpoint: ModelEndpoint, now: number): boolean => (noTools.get(keyOf(endpoint)) ?? 0) > now
export function rememberNoTools(endpoint: ModelEndpoint, now: number) {
  noTools.set(keyOf(endpoint), now + noToolsMs)
}

/** Its template opens the thought itself, so that an answer only has the tag that closes it. */
export const startsThinking = (endpoint: ModelEndpoint): boolean => thinksFromStart.has(keyOf(endpoint))
export function rememberThinking(endpoint: ModelEndpoint) {
  thinksFromStart.add(keyOf(endpoint))
}

export function choiceOf(endpoint: ModelEndpoint, now: number): EndpointChoice {
  const known = health.get(keyOf(endpoint))
  const model = endpoint.model ?? served.get(keyOf(endpoint))?.model
  return {
    name: endpoint.name,
    ...(model && { model }),
    demo: endpoint.demo,
    state: known?.state ?? 'unknown',
    ...(known && { since: new Date(known.since).toISOString() }),
    ...(known?.latencyMs !== undefined && { latencyMs: known.latencyMs }),
    contextWindow: windowOf(endpoint),
    ...(refusesTools(endpoint, now) && { takesTools: false }),
    ...(known?.reason && { reason: known.reason }),
  }
}
