import { isToolError } from '#contract'
import type { Context } from '#define'
import type { Prometheus } from '../clients/prometheus/types.ts'
import { blanket, defaultGuard, type Objection, refusal, tooCostly } from './guard.ts'
import { parsePromql, type Query, unparsed } from './promql.ts'
import { checkTypes } from './promql-types.ts'
import type { Evaluation } from './service.ts'

interface Preparing {
  ctx: Context<'prometheus'>
  evaluation: Evaluation
  clusters: readonly string[]
}

export interface Prepared {
  query: Query
  /** Refuses what costs too much on this server; in shadow mode a note for the answer */
  objectionOn(client: Prometheus, signal: AbortSignal): Promise<string | undefined>
}

/**
 * Parse and judge a query before anything is sent.
 * @throws invalid-promql (MET-014), or invalid-request where the guard refuses it
 */
export async function prepare(text: string, { ctx, evaluation, clusters }: Preparing): Promise<Prepared> {
  const guard = ctx.clients.prometheus.guard ?? defaultGuard
  const query = await parsedFor(text, { ctx, evaluation, clusters })
  const object = (objection: Objection, cluster?: string): string => {
    if (guard.mode === 'enforce') throw refusal(objection, cluster)
    ctx.log.warn({ cluster, ...objection.details }, 'the query guard would have refused a query')
    return `The query guard would refuse this: ${objection.message}`
  }
  const wide = guard.mode === 'off' ? undefined : blanket(query)
  const note = wide && object(wide)
  return {
    query,
    async objectionOn(client, signal) {
      if (guard.mode === 'off' || note) return note
      const costly = await tooCostly(client, { query, evaluation, limits: guard, signal })
      return costly && object(costly, client.cluster)
    },
  }
}

/** VictoriaMetrics takes more than PromQL: what is wrong here may be right there, so it is asked whether one is meant. */
async function parsedFor(text: string, { ctx, evaluation, clusters }: Preparing): Promise<Query> {
  try {
    const query = parsePromql(text)
    checkTypes(query, evaluation.kind === 'range')
    return query
  } catch (error) {
    if (!isToolError(error)) throw error
    const { values } = await ctx.fanOut(
      clusters,
      (cluster, signal) => ctx.clients.prometheus.for(cluster).server({ signal }),
      { timeoutMs: 500 },
    )
    if (!values.some(({ value }) => value.flavor === 'victoria-metrics')) throw error
    return unparsed(text)
  }
}
