import { type Handler, type Request, type RunningServer, sendJson, sendText, startServer } from '../http-server.ts'
import { type Alert, stateAt } from '../world/alerts.ts'
import { uuidOf } from '../world/random.ts'
import type { World } from '../world/world.ts'
import { matches } from './matchers.ts'
import { createNotifications, type Notifications, type NotifyOptions } from './notify.ts'
import { createSilences, filtersOf } from './silences.ts'

export interface AlertmanagerOptions {
  world: World
  cluster: string
  port?: number
  guard?: (handler: Handler) => Handler
}

interface Posted {
  labels: Record<string, string>
  annotations: Record<string, string>
  startsAt: string
  endsAt: string
}

export interface RunningAlertmanager extends RunningServer {
  /** Tells a webhook what fires and what is over, at each `run`. */
  notifications(options: NotifyOptions): Notifications
}

/** Alertmanager API v2 over the alerts of one cluster, with silences of its own. */
export async function startAlertmanager({
  world,
  cluster,
  port = 0,
  guard,
}: AlertmanagerOptions): Promise<RunningAlertmanager> {
  const silences = createSilences({ world, cluster })
  const posted: Alert[] = []
  const iso = (atMs: number) => new Date(atMs).toISOString()

  const all = () => [...world.alerts(cluster), ...posted]
  const firing = () => all().filter((alert) => stateAt(alert, world.now()) === 'firing')

  function gettable(alert: Alert) {
    const silencedBy = silences.mutes(alert.labels)
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

  function listAlerts(request: Request, response: Parameters<Handler>[1]) {
    const filters = filtersOf(request, response)
    if (!filters) return
    const { searchParams } = request.url
    const wants = (name: string) => searchParams.get(name) !== 'false'
    const receiver = searchParams.get('receiver')
    const alerts = firing()
      .filter((alert) => filters.every((matcher) => matches(matcher, alert.labels)))
      .map(gettable)
      .filter((alert) => (alert.status.state === 'suppressed' ? wants('silenced') : wants('active')))
      .filter((alert) => !receiver || alert.receivers.some(({ name }) => new RegExp(`^(?:${receiver})$`).test(name)))
    sendJson(response, 200, alerts)
  }

  function groups(request: Request, response: Parameters<Handler>[1]) {
    const filters = filtersOf(request, response)
    if (!filters) return
    const byName = new Map<string, ReturnType<typeof gettable>[]>()
    const found = firing().filter((alert) => filters.every((matcher) => matches(matcher, alert.labels)))
    for (const alert of found.map(gettable)) {
      const key = `${alert.receivers[0]?.name}/${alert.labels.alertname}`
      byName.set(key, [...(byName.get(key) ?? []), alert])
    }
    const answer = [...byName].map(([key, alerts]) => ({
      labels: { alertname: key.split('/')[1] ?? '' },
      receiver: { name: key.split('/')[0] ?? '' },
      alerts,
    }))
    sendJson(response, 200, answer)
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
    if (path === '/-/healthy' || path === '/-/ready') return sendText(response, 200, 'OK')
    if (path === '/alerts')
      return request.method === 'POST' ? postAlerts(request, response) : listAlerts(request, response)
    if (path === '/alerts/groups') return groups(request, response)
    if (path === '/silences') return silences.all(request, response)
    const id = /^\/silence\/([^/]+)$/.exec(path)?.[1]
    if (id) return silences.one(decodeURIComponent(id), request, response)
    if (path === '/receivers') return sendJson(response, 200, [{ name: 'oncall' }, { name: 'team' }])
    if (path === '/status') return sendJson(response, 200, status(world, cluster))
    sendText(response, 404, '404 page not found\n')
  }
  const server = await startServer(guard ? guard(handler) : handler, port)
  return {
    ...server,
    notifications: (options) =>
      createNotifications(
        {
          world,
          cluster,
          alerts: () =>
            firing()
              .map(gettable)
              .filter((alert) => alert.status.state === 'active'),
          ended(fingerprint) {
            const alerts = all().filter((alert) => alert.fingerprint === fingerprint)
            if (alerts.some((alert) => stateAt(alert, world.now()) === 'firing')) return undefined
            const lastMs = Math.max(...alerts.map(({ toMs = 0 }) => toMs))
            return iso(lastMs > 0 && lastMs <= world.now() ? lastMs : world.now())
          },
        },
        options,
      ),
  }
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
