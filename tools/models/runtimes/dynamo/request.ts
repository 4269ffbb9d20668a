import type { KubeObject } from '../../../clients/kubernetes/types.ts'
import type { DeploymentConfig } from '../../config.ts'
import type { Runtime } from '../types.ts'
import { gpuSku } from './gpu-sku.ts'
import { plannerImage, runtimeImage, versionOverride } from './names.ts'
import { readRequest } from './read-request.ts'
import { requestRefusal } from './request-refusal.ts'
import { labelsOf } from './v1beta1.ts'

/** The most GPUs it may take: those of the replicas that were asked for. */
const budgetOf = ({ gpus, replicas, mode }: DeploymentConfig) => gpus * replicas * (mode === 'disaggregated' ? 2 : 1)

const defined = (members: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))

/** `{isl: 3000}`; left out where nothing is said, so that the operator's own defaults hold. */
const some = (name: string, members: Record<string, unknown>): Record<string, unknown> => {
  const said = defined(members)
  return Object.keys(said).length > 0 ? { [name]: said } : {}
}

const queueLabel = ({ queue }: DeploymentConfig): Record<string, string> =>
  queue === undefined ? {} : { 'kueue.x-k8s.io/queue-name': queue }

/** Names of the components that a search makes are not longer than this. */
const longestComponent = 20

/** The graph that Dynamo makes is called like the request, so that people know one deployment by one name. */
function overrideOf(config: DeploymentConfig) {
  const { env, name } = config
  return {
    apiVersion: 'nvidia.com/v1beta1',
    kind: 'DynamoGraphDeployment',
    metadata: {
      name,
      labels: { ...labelsOf(config), ...queueLabel(config) },
      // Grove takes names of 45 characters with that of the component
      ...(name.length + longestComponent > 45 && { annotations: { 'nvidia.com/enable-grove': 'false' } }),
    },
    ...(env && { spec: { env: Object.entries(env).map(([key, value]) => ({ name: key, value })) } }),
  }
}

/** A DynamoGraphDeploymentRequest: what is wanted, not how. Shape: its v1beta1 definition. */
function requestOf(config: DeploymentConfig): KubeObject {
  const { goal = {}, storage, gpuModel, engine, image, planner } = config
  const profiler = plannerImage(image)
  return {
    apiVersion: 'nvidia.com/v1beta1',
    kind: 'DynamoGraphDeploymentRequest',
    metadata: { name: config.name, namespace: config.namespace, labels: labelsOf(config) },
    spec: {
      model: config.modelId,
      backend: goal.anyEngine ? 'auto' : engine,
      image: profiler,
      ...defined({ runtimeVersionOverride: versionOverride(profiler) }),
      ...some('modelCache', {
        pvcName: storage?.claim,
        pvcMountPath: storage?.mountPath,
        pvcModelPath: storage?.path?.replace(/^\/+/, ''),
      }),
      hardware: { ...defined({ gpuSku: gpuModel && gpuSku(gpuModel) }), totalGpus: budgetOf(config) },
      ...some('workload', {
        isl: goal.inputTokens,
        osl: goal.outputTokens,
        concurrency: goal.concurrency,
        requestRate: goal.requestsPerSecond,
      }),
      ...some('sla', { ttft: goal.ttftMs, itl: goal.itlMs }),
      ...(planner && { features: { planner: { enable_load_scaling: true, max_gpu_budget: budgetOf(config) } } }),
      overrides: { dgd: overrideOf(config) },
      searchStrategy: goal.search ?? 'rapid',
      autoApply: true,
    },
  }
}

const resource = 'dynamographdeploymentrequests'

/** NVIDIA Dynamo by goal: it searches for mode, GPUs and replicas, and makes the graph itself. */
export const dynamoRequest: Runtime = {
  id: 'dynamo-request',
  title: 'NVIDIA Dynamo by goal',
  root: { group: 'nvidia.com', resource, kind: 'DynamoGraphDeploymentRequest', versions: ['v1beta1'] },
  engines: ['vllm', 'sglang', 'trtllm'],
  byGoal: true,
  defaultImage: runtimeImage,
  access: [{ verbs: ['get', 'list', 'create', 'patch'], group: 'nvidia.com', resource }],
  refusal: requestRefusal,
  manifests: (config) => [requestOf(config)],
  read: readRequest,
  handsOverTo: 'dynamo',
}
