import type { NewEvent } from '#contract'
import { defineJob } from '#define'
import { podKind } from '../clients/kubernetes/types.ts'
import { asPod } from '../kubernetes/service.ts'
import { deploymentRowOf, stateTone } from './read/deployment-rows.ts'
import { stateSummary } from './read/deployment-state.ts'
import { rowSubject, stateSubject } from './read/served-events.ts'
import { listServed } from './runtimes/served.ts'

/** Rows that were there at the last look, by cluster: what is gone is told too. Of this replica; another one starts anew. */
const seen = new Map<string, Set<string>>()

/**
 * Deployments for whoever looks at them now (MOD-046, MOD-053): also those that others made and change. While nobody looks nothing is
 * asked.
 */
export const watchDeployments = defineJob({
  name: 'models.watch-deployments',
  everyMs: 5_000,
  needs: ['kubernetes'],
  access: [{ verbs: ['list'], group: '', resource: 'pods' }],
  async run(ctx) {
    const { kubernetes } = ctx.clients
    const names = kubernetes?.names() ?? []
    const rowsWatched = ctx.watched(rowSubject(), 'served.updated')
    const stateWatched = (cluster: string) => ctx.watched(`models/state/${cluster}/*`, 'served.state-changed')
    const wanted = names.filter((cluster) => rowsWatched || stateWatched(cluster))
    if (!rowsWatched) seen.clear()
    if (wanted.length === 0) return
    const { values } = await ctx.fanOut(wanted, async (cluster, signal) => {
      const client = kubernetes!.for(cluster)
      const { deployments, unread } = await listServed(client, { signal })
      const looked = deployments.filter(({ namespace, name }) =>
        ctx.watched(stateSubject(cluster, namespace, name), 'served.state-changed'),
      )
      const states = await Promise.all(
        looked.map(async (served): Promise<NewEvent> => {
          const { namespace, name, podSelector: labelSelector } = served
          const pods = await client.list(podKind, { namespace, labelSelector, signal }).then(
            ({ items }) => items.map(asPod),
            () => undefined,
          )
          const data = { state: served.phase, tone: stateTone(served), summary: stateSummary(served, pods, ctx.now()) }
          return { name: 'served.state-changed', subject: stateSubject(cluster, namespace, name), cluster, data }
        }),
      )
      return { rows: rowsWatched ? deployments.map(deploymentRowOf) : [], states, unread }
    })
    const events = values.flatMap(({ cluster, value }): NewEvent[] => {
      const rows = value.rows.map(
        (row): NewEvent => ({
          name: 'served.updated',
          subject: rowSubject(row.id),
          cluster,
          data: row,
        }),
      )
      const now = new Set(value.rows.map(({ id }) => id))
      // A runtime that could not be read says nothing about what is gone; what is there and not understood is not gone
      const isWhole = value.unread.every(({ objects }) => objects !== undefined)
      for (const object of value.unread.flatMap(({ objects = [] }) => objects)) now.add(`${cluster}/${object}`)
      const gone = isWhole && rowsWatched ? [...(seen.get(cluster) ?? [])].filter((id) => !now.has(id)) : []
      if (isWhole && rowsWatched) seen.set(cluster, now)
      return [
        ...rows,
        ...gone.map(
          (id): NewEvent => ({ name: 'served.updated', subject: rowSubject(id), cluster, data: { remove: [id] } }),
        ),
        ...value.states,
      ]
    })
    await ctx.announce(events)
  },
})
