import { type Handler, type Request, type RunningServer, sendJson, sendText, startServer } from '../http-server.ts'
import { type Alert, stateAt } from '../world/alerts.ts'
import { uuidOf } from '../world/random.ts'
import type { World } from '../world/world.ts'
import { type Matcher, matches, parseMatcher } from './matchers.ts'

export interface AlertmanagerOptions {
  world: World
  cluster: string
  port?: number
  guard?: (handler: Handler) => Handler
}

interface Silence {
  id: string
  matchers: Matcher[]
  startsAt: string
  endsAt: string
  updatedAt: string
  createdBy: string
  comment: string
}

interface Posted {
  labels: Record<string, string>
  annotations: Record<string, string>
  startsAt: string
  endsAt: string
}

/** Alertmanager API v2 over the alerts of one cluster, with silences of its own. */
export function startAlertmanager({ world, cluster, port = 0, guard }: AlertmanagerOptions): Promise<RunningServer> {
  const silences: Silence[] = []
  const posted: Alert[] = []
  const iso = (atMs: number) => new Date(atMs).toISOString()

  function firing(): Alert[] {
    return [...world.alerts(cluster), ...posted].filter((alert) => stateAt(alert, world.now()) === 'firing')
  }

  function stateOf(silence: Silence): 'active' | 'pending' | 'expired' {
    const nowMs = world.now()
    if (Date.parse(silence.endsAt) <= nowMs) return 'expired'
    return Date.parse(silence.startsAt) > nowMs ? 'pending' : 'active'
  }

  function gettable(alert: Alert) {
    const silencedBy = silences
      .filter(
        (silence) =>
          stateOf(silence) === 'active' && silence.matchers.every((matcher) => matches(matcher, alert.labels)),
      )
      .map((silence) => silence.id)
    return {
      labels: alert.labels,
      annotations: alert.annotations,
      startsAt: iso(alert.firingMs),
      // Prometheus pushes the end of a firing alert a few minutes ahead again and again.
      endsAt: iso(world.now() + 240_000),
      updatedAt: iso(world.now()),
      fingerprint: alert.fingerprint,
      generatorURL: `http://prometheus.${cluster}.example.com/graph?g0.expr=${encodeURIComponent(alert.labels.alertname ?? '')}`,
      receivers: [{ name: alert.labels.severity === 'critical' ? 'oncall' : 'team' }],
      status: { state: silencedBy.length > 0 ? 'suppressed' : 'active', silencedBy, inhibitedBy: [], mutedBy: [] },
    }
  }

  function listAlerts({ url }: Request, response: Parameters<Handler>[1]) {
    const filters: Matcher[] = []
    for (const text of url.searchParams.getAll('filter')) {
      const matcher = parseMatcher(text)
      if (!matcher) return sendJson(response, 400, `bad matcher format: ${text}`)
      filters.push(matcher)
    }
    const wants = (name: string) => url.searchParams.get(name) !== 'false'
    const alerts = firing()
      .filter((alert) => filters.every((matcher) => matches(matcher, alert.labels)))
      .map(gettable)
      .filter((alert) => (alert.status.state === 'suppressed' ? wants('silenced') : wants('active')))
    sendJson(response, 200, alerts)
  }

  function groups() {
    const byName = new Map<string, ReturnType<typeof gettable>[]>()
    for (const alert of firing().map(gettable)) {
      const key = `${alert.receivers[0]?.name}/${alert.labels.alertname}`
      byName.set(key, [...(byName.get(key) ?? []), alert])
    }
    return [...byName].map(([key, alerts]) => ({
      labels: { alertname: key.split('/')[1] ?? '' },
      receiver: { name: key.split('/')[0] ?? '' },
      alerts,
    }))
  }

  const gettableSilence = (silence: Silence) => ({ ...silence, status: { state: stateOf(silence) } })

  async function postSilence(request: Request, response: Parameters<Handler>[1]) {
    const body = JSON.parse(await request.text()) as Partial<Silence>
    const endsMs = Date.parse(body.endsAt ?? '')
    const startsMs = Date.parse(body.startsAt ?? '')
    if (!body.matchers?.length) return sendJson(response, 400, 'silence invalid: at least one matcher required')
    if (Number.isNaN(endsMs) || Number.isNaN(startsMs)) return sendJson(response, 400, 'silence invalid: invalid time')
    if (endsMs <= startsMs)
      return sendJson(response, 400, 'Failed to create silence: end time must not be before start time')
    if (endsMs < world.now()) return sendJson(response, 400, "Failed to create silence: end time can't be in the past")
    if (!body.createdBy || !body.comment)
      return sendJson(response, 400, 'silence invalid: createdBy and comment are required')
    const previous = body.id ? silences.find((silence) => silence.id === body.id) : undefined
    if (body.id && !previous) return sendJson(response, 404, `silence ${body.id} not found`)
    const matchers = body.matchers.map((matcher) => ({ ...matcher, isEqual: matcher.isEqual ?? true }))
    const same =
      previous && JSON.stringify(previous.matchers) === JSON.stringify(matchers) && stateOf(previous) !== 'expired'
    if (previous && !same) previous.endsAt = iso(world.now())
    const id = same ? previous.id : uuidOf(`${world.seed}/${cluster}/silence/${silences.length}`)
    const silence = {
      id,
      matchers,
      startsAt: iso(startsMs),
      endsAt: iso(endsMs),
      updatedAt: iso(world.now()),
      createdBy: body.createdBy,
      comment: body.comment,
    }
    if (same) Object.assign(previous, silence)
    else silences.push(silence)
    sendJson(response, 200, { silenceID: id })
  }

  function oneSilence(id: string, { method }: Request, response: Parameters<Handler>[1]) {
    const silence = silences.find((one) => one.id === id)
    if (!silence) return sendText(response, 404, '')
    if (method === 'DELETE') {
      silence.endsAt = iso(world.now())
      return sendText(response, 200, '')
    }
    sendJson(response, 200, gettableSilence(silence))
  }

  async function postAlerts(request: Request, response: Parameters<Handler>[1]) {
    for (const one of JSON.parse(await request.text()) as Partial<Posted>[]) {
      if (!one.labels?.alertname) return sendJson(response, 400, 'start time, labels with alertname are required')
      const firingMs = one.startsAt ? Date.parse(one.startsAt) : world.now()
      posted.push({
        labels: one.labels,
        annotations: one.annotations ?? {},
        fingerprint: uuidOf(JSON.stringify(Object.entries(one.labels).sort()))
          .replaceAll('-', '')
          .slice(0, 16),
        activeMs: firingMs,
        firingMs,
        ...(one.endsAt ? { toMs: Date.parse(one.endsAt) } : {}),
      })
    }
    sendText(response, 200, '')
  }

  const handler: Handler = (request, response) => {
    world.sync()
    const path = request.url.pathname.replace('/api/v2', '')
    const { method } = request
    if (path === '/-/healthy' || path === '/-/ready') return sendText(response, 200, 'OK')
    if (path === '/alerts') return method === 'POST' ? postAlerts(request, response) : listAlerts(request, response)
    if (path === '/alerts/groups') return sendJson(response, 200, groups())
    if (path === '/silences')
      return method === 'POST' ? postSilence(request, response) : sendJson(response, 200, silences.map(gettableSilence))
    const id = /^\/silence\/([\w-]+)$/.exec(path)?.[1]
    if (id) return oneSilence(id, request, response)
    if (path === '/receivers') return sendJson(response, 200, [{ name: 'oncall' }, { name: 'team' }])
    if (path === '/status') return sendJson(response, 200, status(world, cluster))
    sendText(response, 404, '404 page not found\n')
  }
  return startServer(guard ? guard(handler) : handler, port)
}

function status(world: World, cluster: string) {
  return {
    cluster: { name: cluster, status: 'ready', peers: [] },
    config: { original: 'route:\n  receiver: team\nreceivers:\n- name: team\n- name: oncall\n' },
    uptime: new Date(world.bootMs).toISOString(),
    versionInfo: {
      branch: 'HEAD',
      buildDate: '',
      buildUser: '',
      goVersion: 'go1.25.3',
      revision: 'mock',
      version: '0.34.0',
    },
  }
}
