import type { KubeObject } from '../clients/kubernetes/types.ts'
import type { Amounts } from '../kubernetes/service.ts'
import { type RayConfig, takesToken } from './config.ts'

const gib = 1024 ** 3

function resourcesOf({ cpuCores, memoryBytes, gpus }: Amounts) {
  // Ray reads its memory from the limit, and a pod without equal requests is evicted first
  const amounts = {
    cpu: String(cpuCores),
    memory: `${memoryBytes / gib}Gi`,
    ...(gpus > 0 && { 'nvidia.com/gpu': String(gpus) }),
  }
  return { limits: amounts, requests: amounts }
}

const labelsOf = ({ name }: RayConfig) => ({
  'app.kubernetes.io/name': 'ray-cluster',
  'app.kubernetes.io/instance': name,
  'app.kubernetes.io/managed-by': 'quartermaster',
})

function podOf(
  config: RayConfig,
  container: string,
  amounts: Amounts,
  ports?: { containerPort: number; name: string }[],
) {
  return {
    metadata: { labels: labelsOf(config) },
    spec: {
      ...(amounts.gpus > 0 && {
        tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
        ...(config.gpuModel !== undefined && {
          nodeSelector: { 'nvidia.com/gpu.product': config.gpuModel.replaceAll(' ', '-') },
        }),
      }),
      containers: [{ name: container, image: config.image, resources: resourcesOf(amounts), ...(ports && { ports }) }],
    },
  }
}

/** The ports of a Ray head (RAY-022). */
const headPorts = [
  { containerPort: 6379, name: 'gcs-server' },
  { containerPort: 8265, name: 'dashboard' },
  { containerPort: 10001, name: 'client' },
]

/**
 * One head and one group of equal workers, without autoscaler. Shape: KubeRay 1.7, ray.io/v1. The rules that its
 * operator checks only after the object is stored hold by construction: names, min ≤ replicas ≤ max, no resources twice.
 */
export function rayClusterManifest(config: RayConfig): KubeObject {
  const { name, namespace, rayVersion, head, worker, workers } = config
  // A head that shares its node with nothing but Ray's own services stays alive when a task eats all memory
  const leavesWorkToWorkers = workers > 0 && head.gpus === 0
  return {
    apiVersion: 'ray.io/v1',
    kind: 'RayCluster',
    metadata: { name, namespace, labels: labelsOf(config) },
    spec: {
      rayVersion,
      enableInTreeAutoscaling: false,
      ...(takesToken(rayVersion) && { authOptions: { mode: 'token' } }),
      headGroupSpec: {
        rayStartParams: { 'dashboard-host': '0.0.0.0', ...(leavesWorkToWorkers && { 'num-cpus': '0' }) },
        template: podOf(config, 'ray-head', head, headPorts),
      },
      workerGroupSpecs: [
        {
          groupName: 'workers',
          replicas: workers,
          minReplicas: 0,
          maxReplicas: Math.max(1, workers),
          rayStartParams: {},
          template: podOf(config, 'ray-worker', worker),
        },
      ],
    },
  }
}
