import * as z from 'zod'
import { cards, type Fact, type Tone } from '#contract'
import { defineTool } from '#define'
import { clusters } from '../arguments.ts'
import { counted } from '../table.ts'
import { factsLine, headline, lines, shortTime, tsv } from '../text.ts'
import { type ClusterCheck, checkAccess, clusterAnswers, problemOf } from './check.ts'
import { readCapabilities } from './discovery-store.ts'
import { stateTones } from './health-store.ts'
import { type FleetContext, lookAt } from './service.ts'

/** The fleet in one answer: states, kinds, nodes, GPUs, alerts, and which clusters are not well (FLT-060). */
export const getFleetSummary = defineTool({
  name: 'get_fleet_summary',
  title: 'Fleet summary',
  about: 'The whole fleet at a glance: states, GPUs, alerts, which clusters are not well.',
  risk: 'read',
  card: 'status',
  needs: ['fleet'],
  uses: ['kubernetes', 'prometheus', 'alertmanager', 'loki', 'tempo'],
  input: z.strictObject({ clusters }),
  output: cards.status.payload,
  examples: [{}],
  route: { method: 'GET', path: '/fleet/summary' },
  access: checkAccess,
  text: ({ title, state, summary, facts, checks }) =>
    lines(
      headline({ title, state, summary }),
      factsLine(facts),
      checks.length > 0 &&
        tsv(
          ['cluster', 'state', 'problem'],
          checks.map((check) => [check.label, check.state, check.detail]),
        ),
    ),
  async run(input, ctx) {
    const names = ctx.scope(input.clusters)
    if (names.length === 0) return { empty: noClusters }
    const [checks, found, alerts] = await Promise.all([
      lookAt(ctx, names),
      readCapabilities(ctx, names),
      countAlerts(ctx, names),
    ])
    const bad = checks.filter(({ state }) => state !== 'online').sort((left, right) => left.score - right.score)
    const worst = (['offline', 'degraded', 'unknown'] as const).find((state) => bad.some((one) => one.state === state))
    const cnf = [...found.values()].filter(({ cnfTypes }) => cnfTypes.length > 0).length
    return {
      data: {
        title: counted(checks.length, 'cluster'),
        state: worst ? `${counted(bad.length, 'cluster')} not well` : 'all online',
        tone: stateTones[worst ?? 'online'],
        facts: factsOf(checks, { cnf, alerts }),
        checks: bad.map(({ info, state, services, since }) => ({
          id: info.name,
          label: info.name,
          state,
          tone: stateTones[state],
          detail: `${problemOf(services) || 'nothing of it is configured'}${since ? ` since ${shortTime(since.toISOString())} UTC` : ''}`,
        })),
      },
      clusters: clusterAnswers(checks),
      subject: 'fleet/cluster/*',
      next: nextCalls(checks, alerts),
    }
  },
})

/** Why there is nothing, where no cluster is registered. */
export const noClusters = {
  title: 'No cluster is registered',
  likely: ['The configuration names none, and nobody registered one'],
  next: ['register_cluster', 'Set KUBECONFIG or QM_CONFIG and start again (docs/configuration.md)'],
}

interface AlertCount {
  critical: number
  warning: number
  /** Clusters whose Alertmanager said nothing */
  silent: string[]
}
interface NoAlerts {
  critical: 0
  silent: string[]
}

/** An Alertmanager that is silent on a cluster that was well at its last check may be the first to tell that it is gone. */
function nextCalls(checks: readonly ClusterCheck[], { critical, silent }: AlertCount | NoAlerts): string[] {
  const gone = checks.find(({ info, state }) => state === 'online' && silent.includes(info.name))
  return [
    ...(gone ? [`query_metrics {"query":"up","clusters":["${gone.info.name}"]}`] : []),
    ...(critical > 0 ? ['list_alerts'] : []),
    'what_is_failing',
  ]
}

async function countAlerts(ctx: FleetContext, names: readonly string[]): Promise<AlertCount | NoAlerts> {
  const { alertmanager } = ctx.clients
  const asked = names.filter((name) => alertmanager?.names().includes(name))
  if (!alertmanager || asked.length === 0) return { critical: 0, silent: [] }
  const { values, clusters } = await ctx.fanOut(asked, (cluster, signal) =>
    alertmanager.for(cluster).alerts({ active: true, silenced: false, inhibited: false, signal }),
  )
  const severities = values.flatMap(({ value }) => value.map(({ labels }) => labels.severity?.toLowerCase()))
  const count = (wanted: string) => severities.filter((severity) => severity === wanted).length
  return {
    critical: count('critical'),
    warning: count('warning'),
    silent: clusters.filter(({ status }) => status !== 'success').map(({ cluster }) => cluster),
  }
}

function factsOf(checks: ClusterCheck[], more: { cnf: number; alerts: AlertCount | NoAlerts }): Fact[] {
  const { cnf, alerts } = more
  const sum = (of: readonly ClusterCheck[], key: 'nodes' | 'readyNodes' | 'gpus') =>
    of.reduce((total, { api }) => total + (api?.[key] ?? 0), 0)
  // What a cluster that is offline was last seen with says nothing about its nodes now
  const answering = checks.filter(({ api, state }) => api && state !== 'offline')
  const [nodes, ready] = [sum(answering, 'nodes'), sum(answering, 'readyNodes')]
  const silent = checks.filter((one) => !answering.includes(one))
  const lost = silent.filter(({ api }) => (api?.gpus ?? 0) > 0)
  const score = Math.round(checks.reduce((total, one) => total + one.score, 0) / checks.length)
  return [
    ...tally(checks, ({ state }) => state).map(([state, count]) => ({
      label: state,
      value: String(count),
      tone: stateTones[state as ClusterCheck['state']],
    })),
    { label: 'average health', value: `${score} of 100` },
    {
      label: 'nodes ready',
      value: `${ready} of ${nodes}${without(silent.map(({ info }) => info.name))}`,
      tone: ready < nodes ? 'warn' : 'good',
    },
    {
      label: 'GPUs',
      value: `${sum(checks, 'gpus')}${lost.length > 0 ? `, ${sum(lost, 'gpus')} of them last seen on ${named(lost.map(({ info }) => info.name))}` : ''}${gpuWords(checks)}`,
    },
    ...('warning' in alerts
      ? [
          {
            label: 'critical alerts',
            value: `${alerts.critical}${without(alerts.silent)}`,
            tone: toneOf(alerts.critical, 'bad'),
          },
          {
            label: 'warnings',
            value: `${alerts.warning}${without(alerts.silent)}`,
            tone: toneOf(alerts.warning, 'warn'),
          },
        ]
      : []),
    { label: 'types', value: listed(tally(checks, ({ info }) => info.type)) },
    { label: 'environments', value: listed(tally(checks, ({ info }) => info.environment)) },
    ...(cnf > 0 ? [{ label: 'clusters with CNF', value: String(cnf) }] : []),
  ]
}

const toneOf = (count: number, tone: Tone): Tone => (count > 0 ? tone : 'good')
/** A few names, of many how many more. */
const named = (names: readonly string[]): string =>
  `${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`
/** What a count is without. */
const without = (names: readonly string[]): string => (names.length > 0 ? ` (without ${named(names)})` : '')

function gpuWords(checks: readonly ClusterCheck[]): string {
  const models = [...new Set(checks.flatMap(({ api }) => api?.gpuModels ?? []))]
  return models.length > 0 ? ` (${models.join(', ')})` : ''
}

/** How many have each value, the most frequent first. */
export function tally<T>(items: readonly T[], of: (item: T) => string): [string, number][] {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(of(item), (counts.get(of(item)) ?? 0) + 1)
  return [...counts].sort((left, right) => right[1] - left[1])
}

const listed = (counts: readonly [string, number][]): string =>
  counts.map(([value, count]) => `${value} ${count}`).join(', ')
