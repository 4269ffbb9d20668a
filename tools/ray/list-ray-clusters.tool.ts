import * as z from 'zod'
import type { ClusterAnswer, Column } from '#contract'
import { type Context, defineTool } from '#define'
import { clusters, limit, matchesText, namespace, text } from '../arguments.ts'
import type { KubeObject } from '../clients/kubernetes/types.ts'
import type { RayDashboard } from '../clients/ray/types.ts'
import { requireSome } from '../fan-out.ts'
import { sumGpus } from '../kubernetes/service.ts'
import { counted, tableOf } from '../table.ts'
import { cell, factsLine, lines, outsideNote, quoted, shortTime, tsv } from '../text.ts'
import {
  hasKubeRay,
  rayClusterKind,
  rayStateOf,
  rayStates,
  rayTones,
  specOf,
  statusOf,
  wantedWorkers,
} from './service.ts'

const row = z.strictObject({
  id: z.string().describe('cluster/namespace/name, or ray/name for a bare one'),
  kind: z.enum(['kuberay', 'bare']),
  cluster: z.string().optional(),
  namespace: z.string().optional(),
  name: z.string(),
  state: z.enum(rayStates),
  stateTone: z.string(),
  workers: z.string().describe('Ready of wanted workers'),
  gpus: z.number().int().describe('GPUs of head and workers'),
  rayVersion: z.string().optional(),
  reason: z.string().optional(),
  created: z.string().optional(),
})
type Row = z.output<typeof row>

const columns: Column[] = [
  { key: 'name', label: 'Ray cluster', type: 'code' },
  { key: 'cluster', label: 'Cluster', type: 'text' },
  { key: 'namespace', label: 'Namespace', type: 'text' },
  { key: 'state', label: 'State', type: 'state' },
  { key: 'workers', label: 'Workers', type: 'text' },
  { key: 'gpus', label: 'GPUs', type: 'number' },
  { key: 'rayVersion', label: 'Ray', type: 'text' },
  { key: 'created', label: 'Age', type: 'age' },
]

const input = z.strictObject({
  clusters,
  namespace,
  state: z.enum(rayStates).optional().describe('State'),
  text,
  limit,
})
type Ctx = Context<'fleet', 'kubernetes' | 'ray'>

export const listRayClusters = defineTool({
  name: 'list_ray_clusters',
  title: 'Ray clusters',
  about: 'Ray clusters, on Kubernetes and bare: state, ready workers, GPUs; troubled ones first.',
  risk: 'read',
  card: 'table',
  needs: ['fleet'],
  uses: ['kubernetes', 'ray'],
  input,
  output: tableOf(row),
  examples: [{}, { clusters: ['gpu-east'], state: 'error' }],
  route: { method: 'GET', path: '/ray-clusters' },
  access: [{ verbs: ['list'], group: 'ray.io', resource: 'rayclusters' }],
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      rows.some(({ reason }) => reason) && outsideNote,
      tsv(
        ['kind', 'cluster', 'namespace', 'name', 'state', 'workers', 'gpus', 'ray', 'created', 'reason'],
        rows.map((one) => [
          one.kind,
          one.cluster,
          one.namespace,
          one.name,
          one.state,
          one.workers,
          one.gpus,
          one.rayVersion,
          shortTime(one.created),
          quoted(one.reason, 90),
        ]),
      ),
    ),
  async run(input, ctx) {
    const { rows: all, answers } = await gather(input, ctx)
    const rows = all
      .filter(
        (one) =>
          (!input.state || one.state === input.state) &&
          (!input.namespace || one.namespace === input.namespace) &&
          matchesText(input.text, [one.name, one.cluster, one.namespace, one.rayVersion]),
      )
      .sort((a, b) => rayStates.indexOf(a.state) - rayStates.indexOf(b.state) || a.id.localeCompare(b.id))
    if (rows.length === 0)
      return {
        clusters: answers,
        empty: {
          title: all.length > 0 ? 'No Ray cluster matches' : 'There is no Ray cluster',
          likely:
            all.length > 0
              ? [
                  `${counted(all.length, 'Ray cluster')} known: ${all
                    .slice(0, 8)
                    .map(({ name }) => name)
                    .join(', ')}`,
                ]
              : ['None was launched on these clusters, or they have no KubeRay', 'A bare head is not configured'],
          next: all.length > 0 ? ['list_ray_clusters without filters'] : ['launch_ray_cluster', 'estimate_ray_cluster'],
        },
      }
    return {
      clusters: answers,
      data: {
        title: counted(rows.length, 'Ray cluster'),
        columns,
        rows,
        facts: [
          ...rayStates
            .map((state) => ({
              label: state,
              value: rows.filter((one) => one.state === state).length,
              tone: rayTones[state],
            }))
            .filter(({ value }) => value > 0)
            .map((fact) => ({ ...fact, value: String(fact.value) })),
          { label: 'GPUs', value: String(rows.reduce((sum, one) => sum + one.gpus, 0)) },
        ],
      },
    }
  },
})

interface Found {
  row: Row
  headIp?: string | undefined
}

async function gather(wanted: z.output<typeof input>, ctx: Ctx): Promise<{ rows: Row[]; answers: ClusterAnswer[] }> {
  const { kubernetes, ray } = ctx.clients
  const heads = ray?.names() ?? []
  // A bare head is no cluster of the fleet, but people name it like one
  const named = wanted.clusters?.filter((name) => heads.includes(name) && !kubernetes?.names().includes(name)) ?? []
  const others = wanted.clusters?.filter((name) => !named.includes(name))
  const onFleet = kubernetes && !(named.length > 0 && others?.length === 0) ? ctx.scopeOf(kubernetes, others) : []
  const bare = ray && (!wanted.clusters?.length || named.length > 0) ? ctx.scopeOf({ names: () => heads }, named) : []
  const [onKubernetes, onHeads] = await Promise.all([
    ctx.fanOut(onFleet, async (name, signal): Promise<Found[]> => {
      const client = kubernetes!.for(name)
      if (!(await hasKubeRay(client, signal))) return []
      const { items } = await client.list(rayClusterKind, {
        signal,
        ...(wanted.namespace && { namespace: wanted.namespace }),
      })
      return items.map((object) => ({ row: kubeRow(object, name), headIp: statusOf(object).head?.podIP }))
    }),
    ctx.fanOut(
      bare.filter((name) => heads.includes(name)),
      (name, signal) => bareRow(ray!.for(name), signal),
    ),
  ])
  const answers = [...onKubernetes.clusters, ...onHeads.clusters]
  requireSome<unknown>({ values: [...onKubernetes.values, ...onHeads.values], clusters: answers })
  const found = onKubernetes.values.flatMap(({ value }) => value)
  // A head that runs as a pod is one of those above, reached by its dashboard
  const pods = new Set(found.flatMap(({ headIp }) => headIp ?? []))
  const rest = onHeads.values.flatMap(({ value }) => (value.headIp && pods.has(value.headIp) ? [] : [value.row]))
  return { rows: [...found.map(({ row }) => row), ...rest], answers }
}

function kubeRow(object: KubeObject, cluster: string): Row {
  const { name, namespace = '', creationTimestamp } = object.metadata
  const spec = specOf(object)
  const { state, reason } = rayStateOf(object)
  const gpusOf = (group: typeof spec.headGroupSpec) =>
    (group?.template?.spec?.containers ?? []).reduce(
      (sum, { resources }) => sum + Math.max(sumGpus(resources?.limits), sumGpus(resources?.requests)),
      0,
    )
  const workerGpus = (spec.workerGroupSpecs ?? []).reduce(
    (sum, group) => sum + wantedWorkers({ workerGroupSpecs: [group] }) * gpusOf(group),
    0,
  )
  return {
    id: `${cluster}/${namespace}/${name}`,
    kind: 'kuberay',
    cluster,
    namespace,
    name,
    state,
    stateTone: rayTones[state],
    workers: `${statusOf(object).readyWorkerReplicas ?? 0}/${wantedWorkers(spec)}`,
    gpus: state === 'paused' ? 0 : gpusOf(spec.headGroupSpec) + workerGpus,
    ...(spec.rayVersion && { rayVersion: spec.rayVersion }),
    ...(reason && { reason: cell(reason, 160) }),
    ...(creationTimestamp && { created: creationTimestamp }),
  }
}

async function bareRow(client: RayDashboard, signal: AbortSignal): Promise<Found> {
  const [{ rayVersion }, nodes] = await Promise.all([client.version(signal), client.nodes(signal)])
  const alive = nodes.filter(({ state }) => state === 'ALIVE')
  const head = alive.find(({ isHead }) => isHead)
  const workers = nodes.filter(({ isHead }) => !isHead)
  const dead = workers.filter(({ state }) => state === 'DEAD').length
  const state = head ? 'running' : 'error'
  return {
    headIp: head?.ip,
    row: {
      id: `ray/${client.name}`,
      kind: 'bare',
      name: client.name,
      state,
      stateTone: dead > 0 && head ? 'warn' : rayTones[state],
      workers: `${workers.length - dead}/${workers.length}`,
      gpus: Math.round(alive.reduce((sum, { resourcesTotal }) => sum + (resourcesTotal.GPU ?? 0), 0)),
      rayVersion,
      ...(dead > 0 && { reason: `${counted(dead, 'worker')} dead` }),
    },
  }
}
