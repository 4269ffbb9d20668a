import * as z from 'zod'
import type { KubeObject } from '../../../clients/kubernetes/types.ts'
import { checkAnswer } from '../../../clients/parse.ts'
import { keptBy } from '../kept-by.ts'
import type { ServedDeployment } from '../types.ts'
import { conditionOf, readGraph } from './read.ts'
import { conditions } from './wire.ts'
import { knownEngine } from './words.ts'

const request = z.looseObject({
  spec: z.looseObject({ model: z.string(), backend: z.string().optional() }),
  status: z
    .looseObject({
      phase: z.string().nullish(),
      profilingPhase: z.string().nullish(),
      profilingJobName: z.string().nullish(),
      dgdName: z.string().nullish(),
      conditions,
      profilingResults: z.looseObject({ selectedConfig: z.looseObject({}).nullish() }).nullish(),
      deploymentInfo: z
        .looseObject({ replicas: z.number().nullish(), availableReplicas: z.number().nullish() })
        .nullish(),
    })
    .nullish(),
})

const phases = new Map<string, ServedDeployment['phase']>([
  ['Pending', 'pending'],
  ['Profiling', 'deploying'],
  ['Ready', 'pending'],
  ['Deploying', 'deploying'],
  ['Deployed', 'running'],
  ['Failed', 'failed'],
])

/** Once its graph is there, the graph is the deployment. */
const hasGraph = (phase: string | null | undefined, graph: string | null | undefined): boolean =>
  Boolean(graph) && (phase === 'Deploying' || phase === 'Deployed')

/** `SweepingDecode` → `sweeping decode` */
const inWords = (phase: string) => phase.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()

/**
 * A DynamoGraphDeploymentRequest as a deployment on its way; undefined from when its graph is there: that has the same name and is
 * the deployment then, with its pods, replicas and endpoint. A request that failed stays to be seen.
 */
export function readRequest(cluster: string, object: KubeObject): ServedDeployment | undefined {
  const { spec, status } = checkAnswer({ upstream: 'kubernetes', cluster }, request, object)
  const phase = status?.phase ?? undefined
  if (hasGraph(phase, status?.dgdName)) return undefined
  const { namespace = '', name, uid, generation, creationTimestamp, deletionTimestamp } = object.metadata
  const chosen = chosenGraph(cluster, object, status?.profilingResults?.selectedConfig)
  const graph = status?.dgdName ?? chosen?.name ?? name
  const engine = knownEngine(spec.backend) ?? chosen?.engine
  const keeper = keptBy(object)
  return {
    runtime: 'dynamo-request',
    cluster,
    namespace,
    name,
    ...(uid && { uid }),
    ...(generation !== undefined && { generation }),
    ...(creationTimestamp && { createdAt: creationTimestamp }),
    model: spec.model,
    ...(engine && { engine }),
    ...(chosen?.mode && { mode: chosen.mode }),
    phase: deletionTimestamp ? 'terminating' : (phases.get(phase ?? 'Pending') ?? 'pending'),
    ...wordsOf(status),
    conditions: (status?.conditions ?? []).map(conditionOf),
    components: chosen?.components ?? [],
    podSelector: `nvidia.com/dynamo-graph-deployment-name=${graph}`,
    ...(keeper !== undefined && { keptBy: keeper }),
    raw: object,
  }
}

/** What the search chose, before it runs. */
function chosenGraph(cluster: string, { metadata }: KubeObject, selected: unknown): ServedDeployment | undefined {
  const config = selected as Partial<KubeObject> | null | undefined
  if (!config?.spec) return undefined
  const { name = metadata.name } = config.metadata ?? {}
  return readGraph(cluster, { ...config, metadata: { ...config.metadata, name } })
}

/** Why it is where it is: what failed, else what it searches, else the last thing its operator said. */
function wordsOf(status: z.output<typeof request>['status']): Pick<ServedDeployment, 'reason' | 'message'> {
  const said = status?.conditions ?? []
  const failed = said.find((one) => one.status === 'False' && one.type !== 'Succeeded' && one.message)
  const overall = said.find(({ type }) => type === 'Succeeded')
  if (status?.phase === 'Profiling' && status.profilingPhase) {
    const job = status.profilingJobName ? `, job ${status.profilingJobName}` : ''
    return { reason: status.profilingPhase, message: `Searching: ${inWords(status.profilingPhase)}${job}` }
  }
  if (status?.phase === 'Ready')
    return { reason: 'Ready', message: 'A graph was found; autoApply is off, so somebody must apply it' }
  const last = (status?.phase === 'Failed' ? (failed ?? overall) : overall) ?? failed
  return { ...(last?.reason && { reason: last.reason }), ...(last?.message && { message: last.message }) }
}
