import type { KubeObject } from '../clients/kubernetes/types.ts'
import type { Engine } from './catalogue.ts'

/** What a person asked for, complete (MOD-016). */
export interface DeploymentConfig {
  name: string
  namespace: string
  modelId: string
  servedModelName: string
  engine: Engine
  mode: 'aggregated' | 'disaggregated'
  routerMode: 'none' | 'kv' | 'round-robin'
  replicas: number
  /** GPUs of one replica of a worker */
  gpus: number
  contextLength?: number
  enforceEager: boolean
  enablePrefixCaching: boolean
  trustRemoteCode: boolean
  engineArgs: string[]
  hfTokenSecret?: string
  image: string
}

/** The newest runtime that was read about; `image` overrides it. */
export const defaultImage = (engine: Engine): string =>
  `nvcr.io/nvidia/ai-dynamo/${{ vllm: 'vllm-runtime', sglang: 'sglang-runtime', trtllm: 'tensorrtllm-runtime' }[engine]}:1.6.0`

const workerName: Record<Engine, string> = { vllm: 'VllmWorker', sglang: 'SglangWorker', trtllm: 'TrtllmWorker' }

function workerArgs(config: DeploymentConfig, role?: 'prefill' | 'decode'): string[] {
  const { engine, modelId, servedModelName, gpus } = config
  const model = engine === 'vllm' ? '--model' : '--model-path'
  const parallel = { vllm: '--tensor-parallel-size', sglang: '--tp', trtllm: undefined }[engine]
  const context = { vllm: '--max-model-len', sglang: '--context-length', trtllm: '--max-seq-len' }[engine]
  return [
    model,
    modelId,
    '--served-model-name',
    servedModelName,
    ...(gpus > 1 && parallel ? [parallel, String(gpus)] : []),
    ...(config.contextLength !== undefined ? [context, String(config.contextLength)] : []),
    ...(engine === 'vllm' && config.enforceEager ? ['--enforce-eager'] : []),
    ...(engine === 'vllm' && config.enablePrefixCaching ? ['--enable-prefix-caching'] : []),
    ...(config.trustRemoteCode ? ['--trust-remote-code'] : []),
    ...(engine === 'sglang' ? ['--enable-metrics'] : []),
    ...(role ? ['--disaggregation-mode', role] : []),
    ...(role && engine === 'vllm'
      ? ['--kv-transfer-config', '{"kv_connector":"NixlConnector","kv_role":"kv_both"}']
      : []),
    ...(role && engine === 'sglang' ? ['--disaggregation-transfer-backend', 'nixl'] : []),
    ...config.engineArgs,
  ]
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

/** The DynamoGraphDeployment in the version that the cluster serves. Shapes: Dynamo v1.6 CRDs. */
export function deploymentManifest(config: DeploymentConfig, version: 'v1beta1' | 'v1alpha1'): KubeObject {
  return version === 'v1beta1' ? v1beta1(config) : v1alpha1(config)
}

function v1beta1(config: DeploymentConfig): KubeObject {
  const frontend = {
    name: 'Frontend',
    type: 'frontend',
    replicas: 1,
    podTemplate: {
      spec: {
        containers: [
          {
            name: 'main',
            image: config.image,
            ...(config.routerMode !== 'none' && { env: [{ name: 'DYN_ROUTER_MODE', value: config.routerMode }] }),
          },
        ],
      },
    },
  }
  return {
    apiVersion: 'nvidia.com/v1beta1',
    kind: 'DynamoGraphDeployment',
    metadata: { name: config.name, namespace: config.namespace, labels: labelsOf(config) },
    spec: {
      backendFramework: config.engine,
      components: [
        frontend,
        ...workers(config).map(({ name, type, role }) => ({
          name,
          type,
          replicas: config.replicas,
          podTemplate: {
            metadata: { labels: labelsOf(config) },
            spec: {
              containers: [
                {
                  name: 'main',
                  image: config.image,
                  command: ['python3', '-m', `dynamo.${config.engine}`],
                  args: workerArgs(config, role),
                  ...secretOf(config),
                  resources: { limits: { 'nvidia.com/gpu': String(config.gpus) } },
                },
              ],
            },
          },
        })),
      ],
    },
  }
}

function v1alpha1(config: DeploymentConfig): KubeObject {
  const services = Object.fromEntries(
    workers(config).map(({ name, role }) => [
      name,
      {
        componentType: 'worker',
        ...(role && { subComponentType: role }),
        replicas: config.replicas,
        ...(config.hfTokenSecret && { envFromSecret: config.hfTokenSecret }),
        resources: { limits: { gpu: String(config.gpus) } },
        extraPodSpec: {
          mainContainer: {
            image: config.image,
            command: ['python3', '-m', `dynamo.${config.engine}`],
            args: workerArgs(config, role),
          },
        },
      },
    ]),
  )
  return {
    apiVersion: 'nvidia.com/v1alpha1',
    kind: 'DynamoGraphDeployment',
    metadata: { name: config.name, namespace: config.namespace, labels: labelsOf(config) },
    spec: {
      backendFramework: config.engine,
      services: {
        Frontend: {
          componentType: 'frontend',
          replicas: 1,
          ...(config.routerMode !== 'none' && { envs: [{ name: 'DYN_ROUTER_MODE', value: config.routerMode }] }),
          extraPodSpec: { mainContainer: { image: config.image } },
        },
        ...services,
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
