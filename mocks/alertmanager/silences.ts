import { type Handler, type Request, sendJson, sendText } from '../http-server.ts'
import { uuidOf } from '../world/random.ts'
import type { World } from '../world/world.ts'
import { type Matcher, matches, parseMatcher } from './matchers.ts'

export interface Silence {
  id: string
  matchers: Matcher[]
  startsAt: string
  endsAt: string
  updatedAt: string
  createdBy: string
  comment: string
  annotations: Record<string, string>
}

type Response = Parameters<Handler>[1]

/** Matchers of the `filter` parameters; the first that is none is answered with 400 and undefined. */
export function filtersOf({ url }: Request, response: Response): Matcher[] | undefined {
  const filters: Matcher[] = []
  for (const text of url.searchParams.getAll('filter')) {
    const matcher = parseMatcher(text)
    if (!matcher) {
      sendJson(response, 400, `bad matcher format: ${text}`)
      return undefined
    }
    filters.push(matcher)
  }
  return filters
}

const iso = (atMs: number) => new Date(atMs).toISOString()

/** Why Alertmanager would refuse it, in its words. */
function refusal(body: Partial<Silence>, nowMs: number): string | undefined {
  const endsMs = Date.parse(body.endsAt ?? '')
  const startsMs = Date.parse(body.startsAt ?? '')
  if (Number.isNaN(endsMs) || Number.isNaN(startsMs)) return 'silence invalid: invalid time'
  if (endsMs <= startsMs) return 'Failed to create silence: start time must be before end time'
  if (endsMs < nowMs) return "Failed to create silence: end time can't be in the past"
  const matchers = body.matchers ?? []
  if (matchers.length === 0) return 'silence invalid: at least one matcher required'
  for (const [index, { value, isRegex }] of matchers.entries()) {
    try {
      if (isRegex) new RegExp(value)
    } catch {
      return `silence invalid: invalid label matcher ${index}: invalid regular expression "${value}"`
    }
  }
  if (matchers.every((matcher) => matches(matcher, {})))
    return 'silence invalid: at least one matcher must not match the empty string'
  return undefined
}

/** The silences of one Alertmanager, as API v2 of 0.34 serves them. */
export function createSilences({ world, cluster }: { world: World; cluster: string }) {
  const silences: Silence[] = []
  const stateOf = ({ startsAt, endsAt }: Silence): 'active' | 'pending' | 'expired' => {
    if (Date.parse(endsAt) <= world.now()) return 'expired'
    return Date.parse(startsAt) > world.now() ? 'pending' : 'active'
  }
  const gettable = (silence: Silence) => ({ ...silence, status: { state: stateOf(silence) } })

  async function post(request: Request, response: Response) {
    const body = JSON.parse(await request.text()) as Partial<Silence>
    // empty ones are taken, as the real one does
    if (body.createdBy === undefined || body.comment === undefined)
      return sendJson(response, 422, { code: 602, message: 'createdBy and comment in body are required' })
    const refused = refusal(body, world.now())
    if (refused) return sendJson(response, 400, refused)
    const previous = body.id ? silences.find((silence) => silence.id === body.id) : undefined
    if (body.id && !previous) return sendJson(response, 404, 'silence not found')
    const matchers = (body.matchers ?? []).map((matcher) => ({ ...matcher, isEqual: matcher.isEqual ?? true }))
    const same =
      previous &&
      JSON.stringify(previous.matchers) === JSON.stringify(matchers) &&
      Date.parse(previous.startsAt) === Date.parse(body.startsAt ?? '') &&
      stateOf(previous) !== 'expired'
    if (previous && !same) previous.endsAt = iso(world.now())
    const silence: Silence = {
      id: same ? previous.id : uuidOf(`${world.seed}/${cluster}/silence/${silences.length}`),
      matchers,
      // one that would have begun already begins now
      startsAt: same ? previous.startsAt : iso(Math.max(world.now(), Date.parse(body.startsAt ?? ''))),
      endsAt: iso(Date.parse(body.endsAt ?? '')),
      updatedAt: iso(world.now()),
      createdBy: body.createdBy ?? '',
      comment: body.comment ?? '',
      annotations: body.annotations ?? {},
    }
    if (same) Object.assign(previous, silence)
    else silences.push(silence)
    sendJson(response, 200, { silenceID: silence.id })
  }

  function one(id: string, { method }: Request, response: Response) {
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id))
      return sendJson(response, 422, { code: 601, message: `silenceID in path must be of type uuid: "${id}"` })
    const silence = silences.find((known) => known.id === id)
    if (!silence) return sendText(response, 404, '')
    if (method !== 'DELETE') return sendJson(response, 200, gettable(silence))
    if (stateOf(silence) !== 'expired') silence.endsAt = iso(world.now())
    sendText(response, 200, '')
  }

  return {
    /** Ids of the active ones that match */
    mutes: (labels: Record<string, string>): string[] =>
      silences
        .filter((silence) => stateOf(silence) === 'active' && silence.matchers.every((one) => matches(one, labels)))
        .map(({ id }) => id),
    one,
    all(request: Request, response: Response) {
      if (request.method === 'POST') return post(request, response)
      const filters = filtersOf(request, response)
      if (!filters) return
      const labelsOf = (silence: Silence) =>
        Object.fromEntries(silence.matchers.map(({ name, value }) => [name, value]))
      const found = silences.filter((silence) => filters.every((filter) => matches(filter, labelsOf(silence))))
      sendJson(response, 200, found.map(gettable))
    },
  }
}
