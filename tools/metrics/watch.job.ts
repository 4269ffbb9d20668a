import { defineJob, type JobContext } from '#define'
import { changesOf, eventOf, type MetricChanged, type Told } from './watch.ts'

// What was told lives with the clients that told it: two servers in one process share nothing. A replica that takes over begins anew,
// and tells what is breached then.
const toldBy = new WeakMap<object, Told>()

const timeoutMs = 10_000

async function watchMetrics(ctx: JobContext): Promise<void> {
  const { prometheus } = ctx.clients
  if (!prometheus?.watches || prometheus.watches.length === 0) return
  const told = toldBy.get(prometheus) ?? new Map()
  toldBy.set(prometheus, told)
  for (const watch of prometheus.watches) {
    const known = prometheus.names()
    const clusters = watch.clusters?.filter((name) => known.includes(name)) ?? known
    const at = ctx.now()
    const { values, clusters: answers } = await ctx.fanOut(
      clusters,
      (cluster, signal) =>
        prometheus.for(cluster).query({ query: watch.query, time: at, signal, timeoutMs, fresh: true }),
      { timeoutMs },
    )
    for (const { cluster, error } of answers)
      if (error) ctx.log.debug({ watch: watch.name, cluster, error }, 'a watched expression could not be read')
    const before: Told = new Map(told)
    const changes: MetricChanged[] = values.flatMap(({ cluster, value }) =>
      // Part of an answer says nothing of what is missing
      value.partial ? [] : changesOf(watch, { cluster, series: value.series, told, at }),
    )
    if (changes.length === 0) continue
    try {
      await ctx.commit(async () => ({ value: undefined, events: changes.map(eventOf) }))
    } catch (error) {
      // Not told after all: the next round tells it
      told.clear()
      for (const [id, last] of before) told.set(id, last)
      throw error
    }
  }
}

/** Evaluates the `metricWatches` of the configuration (MET-026); does nothing where there are none. */
export const metricWatches = defineJob({
  name: 'metrics.watch',
  everyMs: 30_000,
  needs: ['prometheus'],
  run: watchMetrics,
})
