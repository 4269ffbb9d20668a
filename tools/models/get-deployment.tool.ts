import * as z from 'zod'
import { cards } from '#contract'
import { type Context, defineTool } from '#define'
import { cluster, optionalWord, word } from '../arguments.ts'
import type { KubernetesCluster } from '../clients/kubernetes/types.ts'
import { nodeKind, podKind } from '../clients/kubernetes/types.ts'
import { asNode, asPod, type Pod } from '../kubernetes/service.ts'
import { cell, headline, lines, outsideNote } from '../text.ts'
import { troubledPodsFirst } from './follow/pending-reason.ts'
import { checkLines, conditionChecks, podChecks } from './read/deployment-checks.ts'
import { type Detail, factsOf, mainContainer } from './read/deployment-facts.ts'
import { type History, readHistory, testLines } from './read/deployment-history.ts'
import { stateTone } from './read/deployment-rows.ts'
import { stateSummary } from './read/deployment-state.ts'
import { stateSubject } from './read/served-events.ts'
import { servedAccess } from './read/served-fleet.ts'
import { findEndpoint } from './runtimes/endpoint.ts'
import { findServed } from './runtimes/served.ts'
import type { ServedDeployment } from './runtimes/types.ts'
import { readServing } from './serving/read.ts'
import { servingRowOf } from './serving/rows.ts'

type Ctx = Context<'fleet' | 'kubernetes', 'prometheus' | 'prices'>

/** One model deployment from every side. */
export const getDeployment = defineTool({
  name: 'get_deployment',
  title: 'One model deployment',
  about:
    'One served model: phase and why, configuration, pods, endpoint with port-forward, GPUs and cost, revisions, last tests, current latency. Its lines: get_deployment_logs.',
  risk: 'read',
  card: 'status',
  needs: ['fleet', 'kubernetes'],
  uses: ['prometheus', 'prices'],
  input: z.strictObject({
    cluster,
    name: word.describe('Deployment'),
    namespace: optionalWord('Where several have the name'),
    pods: z.boolean().optional().describe('Only its pods'),
  }),
  output: cards.status.payload,
  examples: [{ cluster: 'gpu-east', name: 'qwen3-32b' }],
  route: { method: 'GET', path: '/deployments/{cluster}/{name}' },
  alsoAt: [{ method: 'GET', path: '/deployments/{cluster}/{name}/pods', with: { pods: true } }],
  access: [
    ...servedAccess,
    { verbs: ['list'], group: '', resource: 'pods' },
    { verbs: ['list'], group: '', resource: 'services' },
    { verbs: ['list', 'watch'], group: '', resource: 'nodes' },
  ],
  text: ({ title, state, summary, facts, checks, tests }) =>
    lines(
      headline({ title, state, ...(summary && { summary }) }),
      outsideNote,
      ...facts.map(({ label, value }) => `${label}: ${cell(value, 320)}`),
      ...testLines(tests),
      ...checkLines(checks, 8),
    ),
  async run(input, ctx) {
    const [name] = ctx.scope([input.cluster])
    const client = ctx.clients.kubernetes.for(name!)
    const served = await findServed(client, { name: input.name, namespace: input.namespace, signal: ctx.signal })
    const now = ctx.now()
    const { detail, unread } = await readDetail(served, { client, ctx, onlyPods: input.pods === true })
    const { pods, history: { tests } = { tests: [] } } = detail
    const checks = [...(input.pods ? [] : conditionChecks(served)), ...podChecks(pods ?? [], now)]
    const place = { cluster: name, name: served.name, namespace: served.namespace }
    return {
      subject: stateSubject(served.cluster, served.namespace, served.name),
      next: nextOf(place, { served, pods, now }),
      data: {
        title: `${served.namespace}/${served.name} on ${served.cluster}`,
        state: served.phase,
        tone: stateTone(served),
        summary: stateSummary(served, pods, now),
        facts: [
          ...(input.pods ? [] : factsOf(detail)),
          ...(unread.length > 0
            ? [{ label: 'not read', value: unread.join('; ').slice(0, 400), tone: 'warn' as const }]
            : []),
        ],
        checks,
        ...(tests.length > 0 && { tests }),
      },
    }
  },
})

interface Reading {
  client: KubernetesCluster
  ctx: Ctx
  onlyPods: boolean
}

/** Everything about it at once; what cannot be read is said and hides nothing else. */
async function readDetail(
  served: ServedDeployment,
  { client, ctx, onlyPods }: Reading,
): Promise<{ detail: Detail; unread: string[] }> {
  const { signal } = ctx
  const { namespace, podSelector } = served
  const unread: string[] = []
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work()
    } catch (error) {
      if (signal.aborted) throw error
      unread.push(`${what}: ${cell(error instanceof Error ? error.message : String(error), 160)}`)
      return undefined
    }
  }
  const wanted = <T>(what: string, work: () => Promise<T>) => (onlyPods ? undefined : attempt(what, work))
  const [pods, nodes, endpoint, history, serving] = await Promise.all([
    attempt('pods', async () => (await client.list(podKind, { namespace, labelSelector: podSelector, signal })).items),
    wanted('nodes', () => client.cached(nodeKind, { signal })),
    wanted('services', () => findEndpoint(client, served, signal)),
    wanted('revisions', () => historyOf(served, ctx)),
    onlyPods ? '' : servingOf(served, ctx),
  ])
  const detail: Detail = {
    served,
    ...(pods && { pods: pods.map(asPod) }),
    ...(pods && { container: mainContainer(pods.map(asPod), ctx.redact) }),
    ...(nodes && { nodes: nodes.map(asNode) }),
    ...(endpoint && { endpoint }),
    ...(history && { history }),
    serving,
    prices: ctx.clients.prices,
  }
  return { detail, unread }
}

const historyOf = async (served: ServedDeployment, ctx: Ctx): Promise<History> => readHistory(await ctx.db(), served)

const window = '15m'
const windowSeconds = 900
/** A card waits for Prometheus no longer than this. */
const servingTimeoutMs = 3_000

async function servingOf(served: ServedDeployment, ctx: Ctx) {
  const { prometheus } = ctx.clients
  const { cluster, namespace, name } = served
  if (!prometheus?.names().includes(cluster)) return `not known: ${cluster} has no Prometheus configured`
  const { values, clusters } = await ctx.fanOut(
    [cluster],
    (_, signal) =>
      readServing({
        prometheus: prometheus.for(cluster),
        deployments: [served],
        window,
        namespace,
        name,
        now: ctx.now(),
        signal,
      }),
    { timeoutMs: servingTimeoutMs },
  )
  const [read] = values
  if (!read) return `not known: ${cell(clusters[0]?.error, 160)}`
  const own = read.value.measured.find(({ key }) => key === `${namespace}/${name}`)
  return own
    ? servingRowOf(own, { cluster, windowSeconds })
    : 'not known: Prometheus has no engine metrics of it (no PodMonitor, or no traffic yet)'
}

function nextOf(
  place: { cluster: string | undefined; name: string; namespace: string },
  { served, pods, now }: { served: ServedDeployment; pods: readonly Pod[] | undefined; now: Date },
): string[] {
  const own = JSON.stringify(place)
  if (stateTone(served) === 'good')
    return [
      `get_serving_metrics ${JSON.stringify({ clusters: [place.cluster], text: place.name })}`,
      `get_deployment_logs ${own}`,
    ]
  const worst = pods && troubledPodsFirst(pods, now).find(({ state }) => state.problem)?.pod.metadata.name
  return [
    `get_deployment_logs ${own}`,
    ...(worst
      ? [`diagnose_pod ${JSON.stringify({ cluster: place.cluster, namespace: place.namespace, pod: worst })}`]
      : []),
  ]
}
