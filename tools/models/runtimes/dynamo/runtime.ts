import { readGraph } from '../../../clients/dynamo/read.ts'
import { defaultImage, deploymentManifest } from '../../manifest.ts'
import type { Runtime, ServedComponent, ServedDeployment } from '../types.ts'
import { dynamoChange } from './change.ts'

const roles: Record<string, ServedComponent['role']> = {
  frontend: 'frontend',
  prefill: 'prefill',
  decode: 'decode',
  planner: 'planner',
  epp: 'router',
}

/** NVIDIA Dynamo: a DynamoGraphDeployment. */
export const dynamo: Runtime = {
  id: 'dynamo',
  title: 'NVIDIA Dynamo',
  root: {
    group: 'nvidia.com',
    resource: 'dynamographdeployments',
    kind: 'DynamoGraphDeployment',
    versions: ['v1beta1', 'v1alpha1'],
  },
  engines: ['vllm', 'sglang', 'trtllm'],
  defaultImage,
  access: [{ verbs: ['get', 'list', 'create', 'patch'], group: 'nvidia.com', resource: 'dynamographdeployments' }],
  change: dynamoChange,
  refusal: () => undefined,
  manifests: (config, version) => [deploymentManifest(config, version === 'v1alpha1' ? 'v1alpha1' : 'v1beta1')],
  read(cluster, object): ServedDeployment {
    const graph = readGraph(cluster, object)
    const split = graph.components.some(({ type }) => type === 'prefill')
    return {
      runtime: 'dynamo',
      cluster,
      namespace: graph.namespace,
      name: graph.name,
      ...(graph.uid && { uid: graph.uid }),
      ...(graph.generation !== undefined && { generation: graph.generation }),
      ...(graph.createdAt && { createdAt: graph.createdAt }),
      ...(graph.model !== undefined && { model: graph.model }),
      ...(graph.backend && { engine: graph.backend }),
      mode: split ? 'disaggregated' : 'aggregated',
      phase: phaseOf(graph),
      ...(graph.reason && { reason: graph.reason }),
      ...(graph.message && { message: graph.message }),
      conditions: [],
      components: graph.components.map(({ type, ...one }) => ({ ...one, role: roles[type] ?? 'worker' })),
      endpoint: { service: `${graph.name}-frontend`, port: 8000, path: '/v1' },
      podSelector: `nvidia.com/dynamo-graph-deployment-name=${graph.name}`,
      raw: object,
    }
  },
}

function phaseOf(graph: ReturnType<typeof readGraph>): ServedDeployment['phase'] {
  if (graph.raw.metadata.deletionTimestamp) return 'terminating'
  if (graph.state === 'failed') return 'failed'
  if (graph.ready) return 'running'
  return graph.state === 'pending' || graph.state === 'unknown' ? 'pending' : 'deploying'
}
