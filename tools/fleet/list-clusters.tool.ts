import * as z from 'zod'
import { tone } from '#contract'
import { defineTool } from '#define'
import { clusters, labelSelector, limit, matchesText, optionalWord } from '../arguments.ts'
import { labelMatcher } from '../label-selector.ts'
import { counted, tableOf } from '../table.ts'
import { factsLine, lines, shortTime, tsv } from '../text.ts'
import { type ClusterCheck, checkAccess, clusterAnswers, problemOf } from './check.ts'
import { type Capabilities, readCapabilities } from './discovery-store.ts'
import { stateTones } from './health-store.ts'
import { lookAt } from './service.ts'

const row = z.strictObject({
  id: z.string(),
  name: z.string(),
  displayName: z.string(),
  type: z.string(),
  environment: z.string(),
  region: z.string().optional(),
  state: z.string().describe('online, degraded, offline or unknown'),
  stateTone: tone,
  score: z.number().int().describe('Health, 0 to 100'),
  version: z.string().optional(),
  nodes: z.number().int().optional(),
  readyNodes: z.number().int().optional(),
  gpus: z.number().int().optional(),
  gpuModels: z.string().optional(),
  labels: z.record(z.string(), z.string()),
  since: z.string().optional().describe('In this state since, ISO 8601'),
  problem: z.string().optional().describe('Services that do not answer'),
})
type Row = z.output<typeof row>

const input = z.strictObject({
  clusters,
  type: z.enum(['hub', 'spoke', 'edge', 'far-edge']).optional().describe('Kind of site'),
  environment: z.enum(['production', 'staging', 'development', 'lab']).optional().describe('Stage'),
  state: z.enum(['online', 'degraded', 'offline', 'unknown']).optional().describe('Health now'),
  hasGpu: z.boolean().optional().describe('Has GPUs'),
  hasCnf: z.boolean().optional().describe('Has CNFs'),
  labelSelector,
  text: optionalWord('Name, region, labels'),
  limit,
})
type Input = z.output<typeof input>

/** The registered clusters, each asked right now whether it lives (FLT-007, FLT-008, FLT-017). */
export const listClusters = defineTool({
  name: 'list_clusters',
  title: 'Clusters',
  about: 'Clusters with type, environment, region, health, version, nodes, GPUs. One in detail: get_cluster_status.',
  risk: 'read',
  card: 'table',
  needs: ['fleet'],
  uses: ['kubernetes', 'prometheus', 'alertmanager', 'loki', 'tempo'],
  input,
  output: tableOf(row),
  examples: [{}, { environment: 'production', hasGpu: true }, { state: 'offline' }],
  route: { method: 'GET', path: '/clusters' },
  access: checkAccess,
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      tsv(
        [
          'cluster',
          'state',
          'score',
          'type',
          'environment',
          'region',
          'version',
          'ready',
          'nodes',
          'gpus',
          'models',
          'since(UTC)',
          'problem',
        ],
        rows.map((one) => [
          one.name,
          one.state,
          one.score,
          one.type,
          one.environment,
          one.region,
          one.version,
          one.readyNodes,
          one.nodes,
          one.gpus,
          one.gpuModels,
          // Since when it is well is no news
          one.state === 'online' ? undefined : shortTime(one.since),
          one.problem,
        ]),
      ),
    ),
  async run(input, ctx) {
    const wanted = ctx.scope(input.clusters).filter((name) => matchesInfo(ctx.clients.fleet.get(name), input))
    const [checks, capabilities] = await Promise.all([lookAt(ctx, wanted), readCapabilities(ctx, wanted)])
    const kept = checks.filter((check) => passes(check, input, capabilities.get(check.info.name)))
    const answers = clusterAnswers(checks)
    if (kept.length === 0)
      return {
        empty: {
          title: 'No cluster matches',
          likely: [`${counted(ctx.scope(input.clusters).length, 'cluster')} registered; none passes every filter`],
          next: ['list_clusters without filters'],
        },
        clusters: answers,
      }
    const rows = kept
      .map(rowOf)
      .sort((left, right) => order[left.state]! - order[right.state]! || left.score - right.score)
    return {
      data: { title: counted(rows.length, 'cluster'), columns, rows, facts: factsOf(rows) },
      clusters: answers,
      subject: 'fleet/cluster/*',
    }
  },
})

function matchesInfo(info: ClusterCheck['info'], input: Input): boolean {
  return (
    (input.type === undefined || info.type === input.type) &&
    (input.environment === undefined || info.environment === input.environment) &&
    labelMatcher(input.labelSelector)(info.labels) &&
    matchesText(input.text, [info.name, info.displayName, info.region, ...Object.values(info.labels)])
  )
}

function passes({ state, api }: ClusterCheck, input: Input, found: Capabilities | undefined): boolean {
  return (
    (input.state === undefined || state === input.state) &&
    (input.hasGpu === undefined || (api !== undefined && api.gpus > 0 === input.hasGpu)) &&
    (input.hasCnf === undefined || (found !== undefined && found.cnfTypes.length > 0 === input.hasCnf))
  )
}

const order: Record<string, number> = { offline: 0, degraded: 1, unknown: 2, online: 3 }
function rowOf({ info, state, score, services, api, since }: ClusterCheck): Row {
  const problem = problemOf(services)
  return {
    id: info.name,
    name: info.name,
    displayName: info.displayName,
    type: info.type,
    environment: info.environment,
    ...(info.region && { region: info.region }),
    state,
    stateTone: stateTones[state],
    score,
    ...(api && {
      version: api.version,
      nodes: api.nodes,
      // Of a cluster that is gone nobody knows whether its nodes are ready
      ...(state !== 'offline' && { readyNodes: api.readyNodes }),
      gpus: api.gpus,
      gpuModels: api.gpuModels.join(', '),
    }),
    labels: info.labels,
    ...(since && { since: since.toISOString() }),
    ...(problem && { problem }),
  }
}

function factsOf(rows: Row[]) {
  const states = [...new Set(rows.map((one) => one.state))]
  const sum = (key: 'nodes' | 'gpus') => rows.reduce((total, one) => total + (one[key] ?? 0), 0)
  return [
    ...states.map((state) => ({
      label: state,
      value: String(rows.filter((one) => one.state === state).length),
      tone: stateTones[state as ClusterCheck['state']],
    })),
    { label: 'nodes', value: String(sum('nodes')) },
    { label: 'GPUs', value: String(sum('gpus')) },
  ]
}

const columns = [
  { key: 'displayName', label: 'Cluster', type: 'text' as const },
  { key: 'state', label: 'State', type: 'state' as const },
  { key: 'type', label: 'Type', type: 'text' as const },
  { key: 'environment', label: 'Environment', type: 'text' as const },
  { key: 'region', label: 'Region', type: 'text' as const },
  { key: 'version', label: 'Version', type: 'text' as const },
  { key: 'nodes', label: 'Nodes', type: 'number' as const },
  { key: 'gpus', label: 'GPUs', type: 'number' as const },
  { key: 'since', label: 'Since', type: 'time' as const },
  { key: 'problem', label: 'Problem', type: 'text' as const },
]
