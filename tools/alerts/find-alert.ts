import { ToolError } from '#contract'
import { and, desc, eq } from '#db/drizzle.ts'
import { alertEpisodes as table } from '#db/schema/alerts.ts'
import type { Context } from '#define'
import type { Alert } from '../clients/alertmanager/types.ts'
import { requireSome } from '../fan-out.ts'
import { cell } from '../text.ts'
import { rowOf } from './alert-rows.ts'
import type { EpisodeRow } from './events.ts'

export interface FoundAlert {
  cluster: string
  /** There while it fires */
  now?: Alert
  /** Episodes, the newest first; without a store there are none */
  episodes: EpisodeRow[]
  labels: Record<string, string>
  annotations: Record<string, string>
}

type Ctx = Pick<Context<'fleet' | 'alertmanager'>, 'clients' | 'scopeOf' | 'fanOut' | 'db' | 'log'>

const mostEpisodes = 50

/**
 * One alert by its fingerprint, alone or as `cluster/fingerprint`, as it fires now or as it is remembered; or by its name, while only
 * one of that name fires.
 * @throws ToolError not-found, invalid-input where several have that name
 */
export async function findAlert(
  ctx: Ctx,
  { fingerprint: given, cluster: named }: { fingerprint: string; cluster?: string | undefined },
): Promise<FoundAlert> {
  const [, prefix, fingerprint = given] = /^([^/]+)\/([^/]+)$/.exec(given) ?? []
  const cluster = named ?? prefix
  const { alertmanager } = ctx.clients
  const read = await ctx.fanOut(ctx.scopeOf(alertmanager, cluster ? [cluster] : undefined), (one, signal) =>
    alertmanager.for(one).alerts({ signal }),
  )
  const firing = read.values.flatMap(({ cluster, value }) => value.map((now) => ({ cluster, now })))
  const byName = firing.filter(({ now }) => now.labels.alertname?.toLowerCase() === fingerprint.toLowerCase())
  const found =
    firing.find(({ now }) => now.fingerprint === fingerprint) ?? (byName.length === 1 ? byName[0] : undefined)
  if (!found && byName.length > 1) throw severalOf(fingerprint, byName)
  const episodes = (await remembered(ctx, found?.now.fingerprint ?? fingerprint, found?.cluster ?? cluster)).filter(
    (row, _, all) => row.cluster === (found?.cluster ?? all[0]!.cluster),
  )
  const latest = episodes[0]
  if (found) return { ...found, episodes, labels: found.now.labels, annotations: found.now.annotations }
  if (latest) return { cluster: latest.cluster, episodes, labels: latest.labels, annotations: latest.annotations }
  const { clusters } = requireSome(read)
  const silent = clusters.filter(({ status }) => status !== 'success').map((one) => one.cluster)
  const known = silent.length > 0 ? ` where somebody answered; ${silent.join(', ').slice(0, 300)} did not` : ''
  throw new ToolError(
    'not-found',
    `No alert with the fingerprint ${fingerprint.slice(0, 80)} fires or is remembered${known}.`,
    {
      field: 'fingerprint',
      next: 'Take an id from list_alerts, or from get_alert_history for one that is over.',
    },
  )
}

/** A name that several alerts have, with their fingerprints to choose from. */
function severalOf(name: string, alerts: readonly { cluster: string; now: Alert }[]): ToolError {
  const some = alerts.slice(0, 8).map(({ cluster, now }) => {
    const { object } = rowOf(now, cluster)
    return `${cluster}/${now.fingerprint}${object ? ` (${object})` : ''}`
  })
  return new ToolError('invalid-input', `${alerts.length} alerts that fire are called ${cell(name, 80)}.`, {
    field: 'fingerprint',
    next: `Name one: ${some.join(', ')}${alerts.length > some.length ? `, or one of ${alerts.length - some.length} more in list_alerts` : ''}`,
  })
}

/** The history is a help here: without it the alert is still told. */
async function remembered(ctx: Ctx, fingerprint: string, cluster: string | undefined): Promise<EpisodeRow[]> {
  try {
    const db = await ctx.db()
    return await db
      .select()
      .from(table)
      .where(and(eq(table.fingerprint, fingerprint), cluster ? eq(table.cluster, cluster) : undefined))
      .orderBy(desc(table.startsAt))
      .limit(mostEpisodes)
  } catch (error) {
    ctx.log.warn({ error }, 'the history of an alert could not be read')
    return []
  }
}
