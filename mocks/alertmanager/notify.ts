import type { World } from '../world/world.ts'

/** An alert as API v2 lists it. */
export interface Gettable {
  labels: Record<string, string>
  annotations: Record<string, string>
  startsAt: string
  endsAt: string
  fingerprint: string
  generatorURL: string
  receivers: { name: string }[]
  status: { state: string }
}

export interface NotifyOptions {
  url: string
  /** Bearer token of `http_config.authorization` */
  token?: string
  groupWaitMs?: number
  groupIntervalMs?: number
  repeatIntervalMs?: number
}

export interface Notifications {
  /** Sends what is due; answers the HTTP status of each notification (0: not reached) */
  run(): Promise<number[]>
  stop(): void
}

interface Group {
  key: string
  receiver: string
  labels: Record<string, string>
  firstMs: number
  sentMs?: number
  /** What the receiver was told, by fingerprint */
  told: Map<string, Gettable>
}

/**
 * Notifications as `webhook_configs` sends them: version 4, grouped by alertname, after a wait, again when something was added or ended.
 * 2xx is delivered, 5xx is tried again, anything else is given up.
 */
export function createNotifications(
  {
    world,
    cluster,
    alerts,
    ended,
  }: {
    world: World
    cluster: string
    /** What fires and is not silenced */
    alerts(): Gettable[]
    /** When an alert that fired is over; undefined while it is only silenced */
    ended(fingerprint: string): string | undefined
  },
  options: NotifyOptions,
): Notifications {
  const { url, token, groupWaitMs = 2_000, groupIntervalMs = 10_000, repeatIntervalMs = 4 * 3_600_000 } = options
  const groups = new Map<string, Group>()
  const aborter = new AbortController()
  let running: Promise<number[]> = Promise.resolve([])

  async function send(group: Group, firing: Gettable[], resolved: Gettable[]): Promise<number> {
    const all = [
      ...firing.map((alert) => ({ ...alert, status: 'firing', endsAt: '0001-01-01T00:00:00Z' })),
      ...resolved.map((alert) => ({ ...alert, status: 'resolved' })),
    ].map(
      ({ receivers: _, updatedAt: __, ...alert }: Record<string, unknown> & { labels: Gettable['labels'] }) => alert,
    )
    const body = {
      version: '4',
      groupKey: group.key,
      truncatedAlerts: 0,
      status: firing.length > 0 ? 'firing' : 'resolved',
      receiver: group.receiver,
      groupLabels: group.labels,
      commonLabels: { ...group.labels, cluster },
      commonAnnotations: {},
      externalURL: `http://alertmanager.${cluster}.example.com`,
      notification_reason: group.sentMs === undefined ? 'new_group' : 'group_changed',
      routeLabels: {},
      alerts: all,
    }
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Alertmanager/0.34.0',
          ...(token && { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(body),
        signal: AbortSignal.any([aborter.signal, AbortSignal.timeout(5_000)]),
      })
      await response.body?.cancel()
      return response.status
    } catch {
      return 0
    }
  }

  async function tell(group: Group, firing: Gettable[]): Promise<number[]> {
    const nowMs = world.now()
    const now = new Map(firing.map((alert) => [alert.fingerprint, alert]))
    const resolved = [...group.told.values()].flatMap((alert) => {
      const endsAt = now.has(alert.fingerprint) ? undefined : ended(alert.fingerprint)
      return endsAt === undefined ? [] : [{ ...alert, endsAt }]
    })
    const changed = resolved.length > 0 || firing.some(({ fingerprint }) => !group.told.has(fingerprint))
    const due =
      group.sentMs === undefined
        ? nowMs - group.firstMs >= groupWaitMs
        : nowMs - group.sentMs >= (changed ? groupIntervalMs : repeatIntervalMs)
    if (!due || (!changed && firing.length === 0)) return []
    const status = await send(group, firing, resolved)
    // tried again at the next turn
    if (status === 0 || status >= 500) return [status]
    group.sentMs = nowMs
    for (const { fingerprint } of resolved) group.told.delete(fingerprint)
    for (const alert of firing) group.told.set(alert.fingerprint, alert)
    return [status]
  }

  async function turn(): Promise<number[]> {
    const byKey = new Map<string, Gettable[]>()
    for (const alert of alerts()) {
      const receiver = alert.receivers[0]?.name ?? ''
      const alertname = alert.labels.alertname ?? ''
      const key = `{}/{receiver="${receiver}"}:{alertname="${alertname}"}`
      byKey.set(key, [...(byKey.get(key) ?? []), alert])
      if (!groups.has(key))
        groups.set(key, { key, receiver, labels: { alertname }, firstMs: world.now(), told: new Map() })
    }
    const statuses = await Promise.all([...groups.values()].map((group) => tell(group, byKey.get(group.key) ?? [])))
    for (const [key, group] of groups) if (!byKey.has(key) && group.told.size === 0) groups.delete(key)
    return statuses.flat()
  }

  return {
    run: () => {
      running = running.then(turn)
      return running
    },
    stop: () => aborter.abort(),
  }
}
