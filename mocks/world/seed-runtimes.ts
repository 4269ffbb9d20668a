import { stringify } from 'yaml'
import { AUTOSCALERS, SCALED_OBJECTS } from './autoscalers.ts'
import type { Boot } from './boot.ts'
import { INFERENCE_SERVICE } from './kserve.ts'
import { LLM_INFERENCE_SERVICE } from './kserve-llm.ts'
import type { Container } from './kube-types.ts'
import { integerOf } from './random.ts'
import { RAY_SERVICE } from './ray-service.ts'
import { serviceFor } from './seed-serving.ts'
import { podTemplate } from './templates.ts'
import { kubeTime } from './time-text.ts'

const HOUR_MS = 3_600_000
const WHERE = 'gpu-west'

/** Models that other things than Dynamo serve, and what scales them: one of each kind, all on one cluster. */
export function seedRuntimes(boot: Boot): void {
  if (boot.cluster.spec.name !== WHERE) return
  seedInferenceService(boot)
  seedLlmInferenceService(boot)
  seedRayService(boot)
  seedSglang(boot)
  seedAutoscaler(boot)
}

const createdMs = ({ cluster }: Boot, name: string) =>
  cluster.bootMs - integerOf(`${cluster.seed}/${name}/age`, 20, 500) * HOUR_MS

const metadataOf = (boot: Boot, name: string) => ({
  name,
  namespace: 'inference',
  creationTimestamp: kubeTime(createdMs(boot, name)),
  labels: { team: 'serving' },
})

const resources = (gpus: number) => {
  const both = { memory: `${gpus * 48}Gi`, 'nvidia.com/gpu': String(gpus) }
  return { requests: { cpu: String(gpus * 4), ...both }, limits: both }
}

const probed = { httpGet: { path: '/health', port: 8000 }, periodSeconds: 5 }

function seedInferenceService(boot: Boot) {
  const engine: Container = {
    name: 'kserve-container',
    image: 'nvcr.io/nvidia/tensorrt-llm/release:1.3.0',
    command: ['trtllm-serve'],
    args: ['Qwen/Qwen3-14B', '--host', '0.0.0.0', '--port', '8000', '--tp_size', '1'],
    ports: [{ name: 'http1', containerPort: 8000 }],
    resources: resources(1),
    readinessProbe: probed,
  }
  boot.object(INFERENCE_SERVICE, {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: {
      ...metadataOf(boot, 'qwen3-14b'),
      annotations: { 'serving.kserve.io/deploymentMode': 'Standard' },
    },
    spec: {
      predictor: { minReplicas: 1, maxReplicas: 2, nodeSelector: { 'node-pool': 'a100' }, containers: [engine] },
    },
  })
}

function seedLlmInferenceService(boot: Boot) {
  const engine: Container = { name: 'main', image: 'ghcr.io/llm-d/llm-d-cuda:v0.5.1', resources: resources(2) }
  boot.object(LLM_INFERENCE_SERVICE, {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata: metadataOf(boot, 'mistral-small-24b'),
    spec: {
      model: {
        uri: 'hf://mistralai/Mistral-Small-3.2-24B-Instruct-2506',
        name: 'mistralai/Mistral-Small-3.2-24B-Instruct-2506',
      },
      replicas: 1,
      parallelism: { tensor: 2 },
      template: { nodeSelector: { 'node-pool': 'a100' }, containers: [engine] },
    },
  })
}

function seedRayService(boot: Boot) {
  const model = 'Qwen/Qwen3-4B'
  const config = {
    model_loading_config: { model_id: model, model_source: model },
    engine_kwargs: { tensor_parallel_size: 1 },
    deployment_config: { num_replicas: 1 },
  }
  const application = {
    name: 'llm',
    import_path: 'ray.serve.llm:build_openai_app',
    route_prefix: '/',
    args: { llm_configs: [config] },
  }
  const pod = (container: string, more: { cpu: string; memory: string; gpus?: number }) =>
    podTemplate({ image: 'rayproject/ray-llm:2.59.0-py312-cu130', container, labels: { team: 'serving' }, ...more })
  const worker = pod('ray-worker', { cpu: '8', memory: '48Gi', gpus: 1 })
  boot.object(RAY_SERVICE, {
    apiVersion: 'ray.io/v1',
    kind: 'RayService',
    metadata: metadataOf(boot, 'qwen3-4b-ray'),
    spec: {
      serveConfigV2: stringify({ applications: [application] }),
      rayClusterConfig: {
        rayVersion: '2.59.0',
        headGroupSpec: {
          rayStartParams: { 'dashboard-host': '0.0.0.0', 'num-cpus': '0' },
          template: pod('ray-head', { cpu: '2', memory: '8Gi' }),
        },
        workerGroupSpecs: [
          {
            groupName: 'gpu',
            replicas: 1,
            minReplicas: 1,
            maxReplicas: 2,
            rayStartParams: {},
            template: { ...worker, spec: { ...worker.spec, nodeSelector: { 'node-pool': 'l40s' } } },
          },
        ],
      },
    },
  })
}

/** A plain SGLang with its Service, scaled by KEDA. */
function seedSglang(boot: Boot) {
  const name = 'qwen3-4b-chat'
  const selector = { app: name }
  const template = podTemplate({
    image: 'lmsysorg/sglang:v0.5.6',
    container: 'sglang',
    command: ['python3', '-m', 'sglang.launch_server'],
    args: ['--model-path', 'Qwen/Qwen3-4B', '--host', '0.0.0.0', '--port', '30000', '--tp', '1', '--enable-metrics'],
    labels: selector,
    ports: [{ name: 'http', containerPort: 30000 }],
    cpu: '4',
    memory: '24Gi',
    gpus: 1,
    nodeSelector: { 'node-pool': 'l40s' },
  })
  const { creationTimestamp } = metadataOf(boot, name)
  boot.workload({ kind: 'Deployment', namespace: 'inference', name, createdMs: createdMs(boot, name), template })
  boot.object('services', serviceFor(name, { creationTimestamp, selector, port: 30000 }))
  boot.object(SCALED_OBJECTS, {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: metadataOf(boot, name),
    spec: {
      scaleTargetRef: { name },
      minReplicaCount: 1,
      maxReplicaCount: 3,
      triggers: [
        {
          type: 'prometheus',
          metadata: {
            serverAddress: 'http://prometheus.monitoring:9090',
            query: `sum(sglang:num_queue_reqs{pod=~"${name}-.*"})`,
            threshold: '5',
          },
        },
      ],
    },
  })
}

/** The plain vLLM of the cluster is scaled by the queue of its engine. */
function seedAutoscaler(boot: Boot) {
  const name = 'qwen3-6-27b'
  const metric = { name: 'vllm:num_requests_waiting' }
  boot.object(AUTOSCALERS, {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: metadataOf(boot, name),
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: 1,
      maxReplicas: 4,
      metrics: [{ type: 'Pods', pods: { metric, target: { type: 'AverageValue', averageValue: '5' } } }],
    },
  })
}
