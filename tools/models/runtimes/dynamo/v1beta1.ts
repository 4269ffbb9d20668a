import type { KubeObject } from '../../../clients/kubernetes/types.ts'
import type { DeploymentConfig } from '../../config.ts'
import { defaultMountPath, workerArgs } from './command-line.ts'
import { longestGroveName, plannerImage, versionOverride, workersOf } from './names.ts'
import { plannerConfig } from './planner.ts'

/** Where a graph says which model it was made for: a path on a disk does not. */
export const modelAnnotation = 'quartermaster/model'

export const labelsOf = (config: DeploymentConfig): Record<string, string> => ({
  'app.kubernetes.io/name': 'model-deployment',
  'app.kubernetes.io/instance': config.name,
  'app.kubernetes.io/managed-by': 'quartermaster',
})

const queueLabel = ({ queue }: DeploymentConfig): Record<string, string> =>
  queue === undefined ? {} : { 'kueue.x-k8s.io/queue-name': queue }

/** `64Gi` of a replica over two nodes is `32Gi` of each pod. */
export function shareOf(quantity: string, nodes: number): string {
  const [, number, suffix = ''] = /^(\d+(?:\.\d+)?)([a-zA-Z]*)$/.exec(quantity) ?? []
  if (nodes === 1 || number === undefined) return quantity
  const share = Number(number) / nodes
  return `${Number.isInteger(share) ? share : share.toFixed(3)}${suffix}`
}

/** Annotations, volumes, secrets: what all pods of a deployment share. */
interface Shared {
  config: DeploymentConfig
  labels: Record<string, string>
}

/** The DynamoGraphDeployment of Dynamo 1.2 and newer (MOD-029). Shape: its v1beta1 definition. */
export function graphV1beta1(config: DeploymentConfig): KubeObject {
  const shared: Shared = { config, labels: labelsOf(config) }
  const { env, name, namespace } = config
  const annotations = {
    ...(config.storage?.path && { [modelAnnotation]: config.modelId }),
    // Longer names than Grove takes go through plain Deployments
    ...(name.length > longestGroveName(config) && { 'nvidia.com/enable-grove': 'false' }),
  }
  return {
    apiVersion: 'nvidia.com/v1beta1',
    kind: 'DynamoGraphDeployment',
    metadata: {
      name,
      namespace,
      labels: { ...shared.labels, ...queueLabel(config) },
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: {
      backendFramework: config.engine,
      ...(env && { env: Object.entries(env).map(([key, value]) => ({ name: key, value })) }),
      components: [frontend(shared), ...(config.planner ? [planner(shared)] : []), ...workers(shared)],
    },
  }
}

function component(
  part: { name: string; type: string; replicas: number; image: string; more?: object },
  pod: { main: Record<string, unknown>; spec?: Record<string, unknown>; labels: Record<string, string> },
) {
  const { image, more, ...rest } = part
  const runtimeVersionOverride = versionOverride(image)
  return {
    ...rest,
    ...(runtimeVersionOverride !== undefined && { runtimeVersionOverride }),
    ...more,
    podTemplate: {
      metadata: { labels: pod.labels },
      spec: { ...pod.spec, containers: [{ name: 'main', image, ...pod.main }] },
    },
  }
}

const secretOf = ({ hfTokenSecret }: DeploymentConfig) =>
  hfTokenSecret ? { envFrom: [{ secretRef: { name: hfTokenSecret } }] } : {}

const pullSecret = ({ imagePullSecret }: DeploymentConfig) =>
  imagePullSecret ? { imagePullSecrets: [{ name: imagePullSecret }] } : {}

const priority = ({ priorityClass }: DeploymentConfig) => (priorityClass ? { priorityClassName: priorityClass } : {})

const tolerations = ({ tolerations: own = [] }: DeploymentConfig, more: readonly object[] = []) =>
  own.length + more.length > 0 ? { tolerations: [...more, ...own] } : {}

/** A claim with the weights; where it only keeps what is downloaded, the folder in which libraries of Hugging Face keep it. */
const storageOf = ({ storage }: DeploymentConfig) => {
  if (!storage) return { mount: {}, volume: {}, env: [] }
  const mountPath = storage.mountPath ?? defaultMountPath
  return {
    mount: { volumeMounts: [{ name: 'weights', mountPath }] },
    volume: { volumes: [{ name: 'weights', persistentVolumeClaim: { claimName: storage.claim } }] },
    env: storage.path ? [] : [{ name: 'HF_HOME', value: mountPath }],
  }
}

const envOf = (...lists: { name: string; value: string }[][]) => {
  const env = lists.flat()
  return env.length > 0 ? { env } : {}
}

/** It tokenizes, so it reads the model's files too. */
function frontend({ config, labels }: Shared) {
  const { mount, volume, env } = storageOf(config)
  const router = config.routerMode === 'none' ? [] : [{ name: 'DYN_ROUTER_MODE', value: config.routerMode }]
  return component(
    { name: 'Frontend', type: 'frontend', replicas: 1, image: config.image },
    {
      labels,
      main: { ...envOf(router, env), ...secretOf(config), ...mount },
      spec: { ...tolerations(config), ...priority(config), ...pullSecret(config), ...volume },
    },
  )
}

function planner({ config, labels }: Shared) {
  return component(
    { name: 'Planner', type: 'planner', replicas: 1, image: plannerImage(config.image) },
    {
      labels,
      main: {
        command: ['python3', '-m', 'dynamo.planner'],
        args: ['--config', JSON.stringify(plannerConfig(config))],
        ...secretOf(config),
      },
      spec: { ...tolerations(config), ...priority(config), ...pullSecret(config) },
    },
  )
}

const workers = (shared: Shared) =>
  workersOf(shared.config).map(({ role, ...part }) => worker(shared, { ...part, ...(role && { role }) }))

function worker({ config, labels }: Shared, part: ReturnType<typeof workersOf>[number]) {
  const { role, ...named } = part
  const { sharedMemory, nodesPerReplica: nodes = 1, autoscaling } = config
  const { mount, volume, env } = storageOf(config)
  return component(
    {
      ...named,
      image: config.image,
      more: {
        ...(nodes > 1 && { multinode: { nodeCount: nodes } }),
        ...(sharedMemory !== undefined && { sharedMemorySize: shareOf(sharedMemory, nodes) }),
        ...(autoscaling && { scalingAdapter: {} }),
      },
    },
    {
      labels: { ...labels, ...queueLabel(config) },
      main: {
        command: ['python3', '-m', `dynamo.${config.engine}`],
        args: workerArgs(config, role),
        ...envOf(env),
        ...secretOf(config),
        resources: resourcesOf(config, nodes),
        ...mount,
      },
      spec: { ...placement(config, named.name), ...priority(config), ...pullSecret(config), ...volume },
    },
  )
}

function resourcesOf({ gpus, cpu, memory }: DeploymentConfig, nodes: number) {
  const wanted = {
    ...(cpu !== undefined && { cpu: shareOf(cpu, nodes) }),
    ...(memory !== undefined && { memory: shareOf(memory, nodes) }),
  }
  const { cpu: _, ...bounded } = wanted
  return {
    ...(Object.keys(wanted).length > 0 && { requests: wanted }),
    // Processors are asked for and not limited: an engine that is throttled loses its GPU's time
    limits: { ...bounded, 'nvidia.com/gpu': String(gpus / nodes) },
  }
}

/** GPU nodes are often tainted after their resource, and not every cluster adds the toleration by itself. */
function placement(config: DeploymentConfig, name: string) {
  const { gpuModel, spreadOver } = config
  const nodeSelector = {
    ...config.nodeSelector,
    ...(gpuModel !== undefined && { 'nvidia.com/gpu.product': gpuModel.replaceAll(' ', '-') }),
  }
  const matchLabels = {
    'nvidia.com/dynamo-graph-deployment-name': config.name,
    'nvidia.com/dynamo-component': name,
  }
  return {
    ...tolerations(config, [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }]),
    ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
    ...(spreadOver !== undefined && {
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: spreadOver, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels } },
      ],
    }),
  }
}
