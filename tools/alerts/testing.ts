import type { NewEvent } from '#contract'
import type { Db } from '#db/open.ts'
import { alertEpisodes } from '#db/schema/alerts.ts'
import type { Alert, Alertmanager } from '../clients/alertmanager/types.ts'
import { testContext } from '../testing.ts'
import { alertmanagerOf, clusterInfo, fleetOf, perCluster } from '../testing-upstreams.ts'
import type { Sighting } from './episode.ts'
import { followAlerts } from './follow.job.ts'
import { receiveAlerts } from './receive-alerts.tool.ts'

const start = Date.parse('2026-11-20T12:00:00Z')

/** What fires on one cluster, an Alertmanager that tells of it, and the domain that listens. */
export class AlertWorld {
  nowMs = start
  readonly firing = new Map<string, { startsAt: Date }>()
  readonly events: NewEvent[] = []
  /** What the next question of the Alertmanager ends with */
  failure: Error | undefined
  startedMs = start - 86_400_000
  readonly #db: Db

  constructor(db: Db) {
    this.#db = db
  }

  now = () => new Date(this.nowMs)

  alert = (fingerprint: string, startsAt: Date): Alert => ({
    fingerprint,
    labels: { alertname: fingerprint, severity: 'critical', namespace: 'web' },
    annotations: { summary: `${fingerprint} happened` },
    startsAt: startsAt.toISOString(),
    state: 'active',
    silencedBy: [],
    inhibitedBy: [],
    mutedBy: [],
    receivers: ['team'],
  })

  #alertmanager(): Alertmanager {
    const all = () => {
      if (this.failure) throw this.failure
      return [...this.firing].map(([fingerprint, { startsAt }]) => this.alert(fingerprint, startsAt))
    }
    const status = async () => ({
      version: '0.34.0',
      startedAt: new Date(this.startedMs).toISOString(),
      clusterState: 'ready',
      peers: 1,
    })
    return { ...alertmanagerOf({ cluster: 'east', alerts: all }), status }
  }

  context = () =>
    testContext({
      clients: {
        fleet: fleetOf([clusterInfo('east')]),
        alertmanager: perCluster<Alertmanager>({ east: this.#alertmanager() }),
      },
      now: this.now,
      db: this.#db,
      events: this.events,
    })

  poll = () => followAlerts.run(this.context())

  receive = (payload: unknown) => receiveAlerts.run({ cluster: 'east', payload } as never, this.context())

  /** An alert as a webhook tells of it */
  told = ({ fingerprint, startsAt, endsAt }: Pick<Sighting, 'fingerprint' | 'startsAt' | 'endsAt'>) => {
    const { labels, annotations } = this.alert(fingerprint, startsAt)
    return {
      status: endsAt ? 'resolved' : 'firing',
      labels,
      annotations,
      startsAt: startsAt.toISOString(),
      endsAt: endsAt?.toISOString() ?? '0001-01-01T00:00:00Z',
      fingerprint,
    }
  }

  rows = () => this.#db.select().from(alertEpisodes).orderBy(alertEpisodes.startsAt, alertEpisodes.fingerprint)

  said = () =>
    this.events.map(
      ({ name, data }) => `${name.slice('alert.'.length)} ${data.alert} ${String(data.since).slice(11, 19)}`,
    )
}
