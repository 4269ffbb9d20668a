import * as z from 'zod'
import { defineTool } from '#define'
import { clusters, namespace, wholeNumber, word } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { tableOf } from '../table.ts'
import { cell, factsLine, lines, outsideNote, quoted, shortTime, tsv } from '../text.ts'
import {
  type DeploymentRow,
  deploymentColumns,
  deploymentFacts,
  deploymentRow,
  deploymentRowOf,
  isTroubled,
  matchesWords,
  troubledFirst,
} from './read/deployment-rows.ts'
import { servedSubject } from './read/served-events.ts'
import { readServed, servedAccess } from './read/served-fleet.ts'
import { phases } from './runtimes/types.ts'

/** Every model deployment of the fleet, whatever serves it and whoever made it. */
export const listDeployments = defineTool({
  name: 'list_deployments',
  title: 'Model deployments',
  about: 'Models served by any runtime; troubled first. Latency: get_serving_metrics.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'kubernetes'],
  input: z.strictObject({
    clusters,
    namespace,
    phase: z.enum(phases).optional().describe('Phase'),
    text: word.optional().describe('Words, engine=vllm'),
    limit: wholeNumber(1, 200).default(25).describe('Limit'),
  }),
  output: tableOf(deploymentRow),
  examples: [{}, { clusters: ['gpu-east'], phase: 'failed' }, { text: 'qwen engine=vllm' }],
  route: { method: 'GET', path: '/deployments' },
  access: servedAccess,
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      rows.some(({ reason }) => reason) && outsideNote,
      tsv(
        [
          'cluster',
          'namespace',
          'deployment',
          'model',
          'engine',
          'runtime',
          'phase',
          'ready',
          'gpus',
          'created',
          'kept by',
          'reason',
        ],
        rows
          .filter(isTroubled)
          .map((one) => [
            one.cluster,
            one.namespace,
            one.name,
            one.model,
            one.engine,
            one.runtime,
            one.phase,
            one.ready,
            one.gpus,
            shortTime(one.created),
            one.keptBy,
            quoted(one.reason, 64),
          ]),
      ),
      ...wellOnes(rows.filter((row) => !isTroubled(row))),
    ),
  async run(input, ctx) {
    const names = ctx.scopeOf(ctx.clients.kubernetes, input.clusters)
    const read = await readServed({ fanOut: ctx.fanOut, kubernetes: ctx.clients.kubernetes }, names, input.namespace)
    const { values, clusters: asked } = requireSome(read)
    const rows = values
      .flatMap(({ value }) => value.deployments.map(deploymentRowOf))
      .filter((one) => (!input.phase || one.phase === input.phase) && matchesWords(input.text, one))
      .sort(troubledFirst)
    if (rows.length === 0)
      return {
        clusters: asked,
        empty: {
          title: 'No model deployment matches',
          likely: ['No model is served on these clusters', 'The filter is too narrow'],
          next: ['list_deployments without filters', 'deploy_model to deploy one'],
        },
      }
    const [first] = rows.filter(isTroubled)
    const place = first && JSON.stringify({ cluster: first.cluster, name: first.name, namespace: first.namespace })
    return {
      clusters: asked,
      subject: servedSubject(input, input.clusters && names),
      ...(place && { next: [`get_deployment ${place}`, `get_deployment_logs ${place}`] }),
      data: {
        title: 'Model deployments',
        columns: deploymentColumns,
        rows,
        facts: deploymentFacts(rows, input.limit),
      },
    }
  },
})

/** Those that serve, by place: `gpu-east/inference: qwen3-32b Qwen/Qwen3-32B vllm 2/2 4G` */
function wellOnes(rows: readonly DeploymentRow[]): string[] {
  const places = Map.groupBy(rows, ({ cluster, namespace, runtime }) => `${cluster}/${namespace} ${runtime}`)
  const of = (own: readonly DeploymentRow[]) =>
    own.map(({ name, model, engine = '', ready, gpus }) => cell(`${name} ${model} ${engine} ${ready} ${gpus}G`, 120))
  return rows.length === 0
    ? []
    : [
        'Running with all replicas, as name, model, engine, ready, GPUs:',
        ...[...places].map(([place, own]) => `${place}: ${of(own).join('; ')}`),
      ]
}
