import { ToolError } from '#contract'
import type { KubeObject, KubernetesCluster } from '../clients/kubernetes/types.ts'
import { type KubernetesData, kubernetesOf } from '../testing-upstreams.ts'

/** A graph of Dynamo as its operator leaves it, for the tests of what reads deployments. */
export function graphOf(
  name: string,
  more: {
    namespace?: string
    state?: string
    reason?: string
    message?: string
    model?: string
    engine?: string
    workers?: number
    ready?: number
    gpus?: number
    metadata?: object
  } = {},
): KubeObject {
  const { namespace = 'inference', state = 'successful', model = 'Qwen/Qwen3-8B', engine = 'vllm' } = more
  const { workers = 2, ready = state === 'successful' ? workers : 0, gpus = 1 } = more
  const image = `nvcr.io/nvidia/ai-dynamo/${engine}-runtime:1.6.0`
  const container = { name: 'main', image }
  const args = [engine === 'sglang' ? '--model-path' : '--model', model]
  const limits = { 'nvidia.com/gpu': String(gpus) }
  const worker = { ...container, command: ['python3', '-m', `dynamo.${engine}`], args, resources: { limits } }
  const counts = (replicas: number, readyReplicas: number) => ({ replicas, readyReplicas })
  const condition = {
    type: 'Ready',
    status: state === 'successful' ? 'True' : 'False',
    reason: more.reason ?? (state === 'successful' ? 'all_resources_are_ready' : 'pods_not_ready'),
    message: more.message ?? '',
    lastTransitionTime: '2026-11-20T11:00:00Z',
  }
  return {
    apiVersion: 'nvidia.com/v1beta1',
    kind: 'DynamoGraphDeployment',
    metadata: { name, namespace, uid: `uid-${name}`, creationTimestamp: '2026-11-18T09:00:00Z', ...more.metadata },
    spec: {
      backendFramework: engine,
      components: [
        { name: 'Frontend', type: 'frontend', replicas: 1, podTemplate: { spec: { containers: [container] } } },
        { name: 'Worker', type: 'worker', replicas: workers, podTemplate: { spec: { containers: [worker] } } },
      ],
    },
    status: { state, conditions: [condition], components: { Frontend: counts(1, 1), Worker: counts(workers, ready) } },
  }
}

/** A pod of such a graph. */
export function graphPod(
  name: string,
  more: { graph: string; namespace?: string; component?: string; status?: Record<string, unknown>; node?: string },
): KubeObject {
  const { graph, namespace = 'inference', component = 'worker', node = 'gpu-0' } = more
  return {
    metadata: {
      name,
      namespace,
      creationTimestamp: '2026-11-18T09:00:00Z',
      labels: {
        'nvidia.com/dynamo-graph-deployment-name': graph,
        'nvidia.com/dynamo-component-type': component,
        'nvidia.com/dynamo-component': component,
      },
    },
    spec: { nodeName: node, containers: [{ name: 'main' }] },
    status: more.status ?? {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [
        { name: 'main', ready: true, restartCount: 0, state: { running: { startedAt: '2026-11-18T09:01:00Z' } } },
      ],
    },
  }
}

/** An API server that serves these groups; `refused` kinds answer 403 as RBAC does. */
export function servingCluster(
  data: KubernetesData & { groups?: Record<string, string[]>; refused?: readonly string[] },
): KubernetesCluster {
  const { groups = { 'nvidia.com': ['v1beta1', 'v1alpha1'] }, refused = [], ...rest } = data
  const client = kubernetesOf(rest)
  return {
    ...client,
    servedVersions: async (group) => groups[group] ?? [],
    list: async (kind, query) => {
      if (refused.includes(kind.resource))
        throw new ToolError('upstream-denied', `${kind.resource}.${kind.group} is forbidden`, {
          next: 'Ask for the right',
        })
      return client.list(kind, query)
    },
  }
}
