import type { Plan } from '#contract'
import { figure } from '../../text.ts'
import type { MeasureContext, Target } from './target.ts'

/** Requests under way, by whatever serves it: each engine counts them under a name of its own. */
const queryOf = (model: string): string => {
  const name = JSON.stringify(model)
  return [
    `sum(vllm:num_requests_running{model_name=${name}})`,
    `sum(sglang:num_running_reqs{model_name=${name}})`,
    `sum(dynamo_frontend_active_requests{model=${name}})`,
  ].join(' or ')
}

/** How much it serves already, where the cluster's metrics tell at once; undefined where they do not. */
export async function loadNow(
  model: string,
  { place: { cluster } }: Target,
  ctx: MeasureContext,
): Promise<Plan['checks'][number] | undefined> {
  const { prometheus } = ctx.clients
  if (cluster === '' || !prometheus?.names().includes(cluster)) return undefined
  const { values } = await ctx.fanOut(
    [cluster],
    (name, signal) => prometheus.for(name).query({ query: queryOf(model), signal }),
    { timeoutMs: 1_500 },
  )
  const value = Number(values[0]?.value.series[0]?.values.at(-1)?.[1])
  if (!Number.isFinite(value)) return undefined
  return {
    label: 'Load now',
    state: value >= 1 ? 'warn' : 'pass',
    detail: `${figure(value)} requests of others are under way: they and this test slow each other`,
  }
}
