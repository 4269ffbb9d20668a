import type { KubeObject } from '../clients/kubernetes/types.ts'
import type { Engine } from './catalogue.ts'
import type { DeploymentConfig } from './config.ts'

/** The newest runtime that was read about; `image` overrides it. */
export const defaultImage = (engine: Engine): string =>
  `nvcr.io/nvidia/ai-dynamo/${{ vllm: 'vllm-runtime', sglang: 'sglang-runtime', trtllm: 'tensorrtllm-runtime' }[engine]}:1.6.0`

const workerName: Record<Engine, string> = { vllm: 'VllmWorker', sglang: 'SglangWorker', trtllm: 'TrtllmWorker' }

const kvEvents = '{"publisher":"zmq","topic":"kv-events","endpoint":"tcp://*:20080","enable_kv_cache_events":true}'
const kvTransfer = '{"kv_connector":"NixlConnector","kv_role":"kv_both"}'

/** Workers tell a KV router what they have cached; decode workers of a split deployment have nothing to tell. */
const publishes = ({ routerMode }: DeploymentConfig, role?: 'prefill' | 'decode') =>
  routerMode === 'kv' && role !== 'decode'

/** The command line of a worker. Source: Dynamo v1.6, components/src/dynamo/{vllm,sglang,trtllm} and examples/backends. */
function workerArgs(config: DeploymentConfig, role?: 'prefill' | 'decode'): string[] {
  const { engine, modelId, servedModelName, gpus, contextLength } = config
  const model = engine === 'vllm' ? '--model' : '--model-path'
  const parallel = engine === 'sglang' ? '--tp' : '--tensor-parallel-size'
  const context = { vllm: '--max-model-len', sglang: '--context-length', trtllm: '--max-seq-len' }[engine]
  return [
    model,
    modelId,
    '--served-model-name',
    servedModelName,
    ...(gpus > 1 ? [parallel, String(gpus)] : []),
    ...(contextLength !== undefined ? [context, String(contextLength)] : []),
    ...engineFlags[engine](config, role),
    ...(role ? ['--disaggregation-mode', role] : []),
    ...config.engineArgs,
  ]
}

/** Prefixes are reused by SGLang unless told otherwise; TensorRT-LLM takes most of this as arguments of its engine. */
const engineFlags: Record<Engine, (config: DeploymentConfig, role?: 'prefill' | 'decode') => string[]> = {
  vllm: (config, role) => [
    ...(config.enforceEager ? ['--enforce-eager'] : []),
    ...(config.enablePrefixCaching ? ['--enable-prefix-caching'] : []),
    ...(config.trustRemoteCode ? ['--trust-remote-code'] : []),
    ...(role ? ['--kv-transfer-config', kvTransfer] : []),
    ...(publishes(config, role) ? ['--kv-events-config', kvEvents] : []),
  ],
  sglang: (config, role) => [
    '--enable-metrics',
    ...(config.enforceEager ? ['--disable-cuda-graph'] : []),
    ...(config.trustRemoteCode ? ['--trust-remote-code'] : []),
    ...(role
      ? ['--disaggregation-transfer-backend', 'nixl', '--disaggregation-bootstrap-port', '12345', '--host', '0.0.0.0']
      : []),
    ...(publishes(config, role) ? ['--kv-events-config', kvEvents] : []),
  ],
  trtllm: (config, role) => {
    const overrides = {
      ...(config.enforceEager && { cuda_graph_config: null }),
      ...(config.enablePrefixCaching && { kv_cache_config: { enable_block_reuse: true } }),
      ...(config.trustRemoteCode && { trust_remote_code: true }),
      ...(role && { cache_transceiver_config: { backend: 'DEFAULT' } }),
      // A worker that only prefills has no decode step to overlap its scheduling with
      ...(role === 'prefill' && { disable_overlap_scheduler: true }),
    }
    return [
      ...(Object.keys(overrides).length > 0 ? ['--override-engine-args', JSON.stringify(overrides)] : []),
      ...(publishes(config, role) ? ['--publish-events-and-metrics'] : []),
    ]
  },
}

const labelsOf = (config: DeploymentConfig) => ({
  'app.kubernetes.io/name': 'model-deployment',
  'app.kubernetes.io/instance': config.name,
  'app.kubernetes.io/managed-by': 'quartermaster',
})

const secretOf = ({ hfTokenSecret }: DeploymentConfig) =>
  hfTokenSecret ? { envFrom: [{ secretRef: { name: hfTokenSecret } }] } : {}

/** Worker components: one, or one for prefill and one for decode (MOD-031, MOD-033). */
function workers(config: DeploymentConfig): { name: string; type: string; role?: 'prefill' | 'decode' }[] {
  const name = workerName[config.engine]
  return config.mode === 'aggregated'
    ? [{ name, type: 'worker' }]
    : [
        { name: `${name}Prefill`, type: 'prefill', role: 'prefill' },
        { name: `${name}Decode`, type: 'decode', role: 'decode' },
      ]
}

/** GPU nodes are often tainted after their resource, and not every cluster adds the toleration by itself. */
const podOf = ({ gpuModel }: DeploymentConfig) => ({
  tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
  ...(gpuModel !== undefined && { nodeSelector: { 'nvidia.com/gpu.product': gpuModel.replaceAll(' ', '-') } }),
})

const routerOf = ({ routerMode }: DeploymentConfig) =>
  routerMode === 'none' ? undefined : [{ name: 'DYN_ROUTER_MODE', value: routerMode }]

/** Labels of the pods: `instance` finds them by the deployment (MOD-034, MOD-043). */
const head = (config: DeploymentConfig) => ({
  kind: 'DynamoGraphDeployment',
  metadata: { name: config.name, namespace: config.namespace, labels: labelsOf(config) },
})

/** The DynamoGraphDeployment in the version that the cluster serves (MOD-029). Shapes: Dynamo v1.6 CRDs. */
export function deploymentManifest(config: DeploymentConfig, version: 'v1beta1' | 'v1alpha1'): KubeObject {
  return version === 'v1beta1' ? v1beta1(config) : v1alpha1(config)
}

function v1beta1(config: DeploymentConfig): KubeObject {
  const env = routerOf(config)
  const component = (
    part: { name: string; type: string; replicas: number },
    pod: { main: Record<string, unknown>; spec?: Record<string, unknown> },
  ) => ({
    ...part,
    podTemplate: {
      metadata: { labels: labelsOf(config) },
      spec: { ...pod.spec, containers: [{ name: 'main', image: config.image, ...pod.main, ...secretOf(config) }] },
    },
  })
  return {
    apiVersion: 'nvidia.com/v1beta1',
    ...head(config),
    spec: {
      backendFramework: config.engine,
      components: [
        component({ name: 'Frontend', type: 'frontend', replicas: 1 }, { main: env ? { env } : {} }),
        ...workers(config).map(({ name, type, role }) =>
          component(
            { name, type, replicas: config.replicas },
            {
              main: {
                command: ['python3', '-m', `dynamo.${config.engine}`],
                args: workerArgs(config, role),
                resources: { limits: { 'nvidia.com/gpu': String(config.gpus) } },
              },
              spec: podOf(config),
            },
          ),
        ),
      ],
    },
  }
}

function v1alpha1(config: DeploymentConfig): KubeObject {
  const envs = routerOf(config)
  const secret = config.hfTokenSecret ? { envFromSecret: config.hfTokenSecret } : {}
  const extraPodMetadata = { labels: labelsOf(config) }
  const services = workers(config).map(({ name, role }) => [
    name,
    {
      componentType: 'worker',
      ...(role && { subComponentType: role }),
      replicas: config.replicas,
      ...secret,
      resources: { limits: { gpu: String(config.gpus) } },
      extraPodMetadata,
      extraPodSpec: {
        ...podOf(config),
        mainContainer: {
          image: config.image,
          command: ['python3', '-m', `dynamo.${config.engine}`],
          args: workerArgs(config, role),
        },
      },
    },
  ])
  return {
    apiVersion: 'nvidia.com/v1alpha1',
    ...head(config),
    spec: {
      backendFramework: config.engine,
      services: {
        Frontend: {
          componentType: 'frontend',
          replicas: 1,
          ...(envs && { envs }),
          ...secret,
          extraPodMetadata,
          extraPodSpec: { mainContainer: { image: config.image } },
        },
        ...Object.fromEntries(services),
      },
    },
  }
}

/** A valid Kubernetes name from a model id (MOD-020): `Qwen/Qwen3-8B` → `qwen3-8b`. */
export const nameFor = (modelId: string): string =>
  (modelId.split('/').at(-1) ?? modelId)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '')
