import type { KubeObject } from '../../../clients/kubernetes/types.ts'
import type { DeploymentConfig } from '../../config.ts'
import { degreesOf, mountPathOf } from '../shared/engine-command.ts'
import { envOf, labelsOf, placementOf, queueLabel } from '../shared/pod.ts'
import { serveConfig } from './serve-config.ts'

/** Ray's image with vLLM in it. */
export const defaultImage = 'rayproject/ray-llm:2.59.0-py312-cu130'

/** Head and workers must run one version of Ray; the tag of the image says which. */
const rayVersionOf = (image: string): string => /:(\d+\.\d+\.\d+)/.exec(image)?.[1] ?? '2.59.0'

/** Token authentication came with Ray 2.52. */
const takesToken = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 2 || (major === 2 && minor >= 52)
}

const ports = [
  { containerPort: 6379, name: 'gcs-server' },
  { containerPort: 8265, name: 'dashboard' },
  { containerPort: 10001, name: 'client' },
  { containerPort: 8000, name: 'serve' },
]

function podOf(config: DeploymentConfig, container: Record<string, unknown>, onGpus: boolean) {
  const { storage, sharedMemory } = config
  const env = envOf(config)
  const { tolerations, nodeSelector, topologySpreadConstraints, ...placement } = placementOf(config)
  const volumes = [
    ...(storage ? [{ name: 'weights', persistentVolumeClaim: { claimName: storage.claim } }] : []),
    // KubeRay brings /dev/shm itself, as large as the memory that is asked for
    ...(sharedMemory !== undefined && onGpus
      ? [{ name: 'shared-mem', emptyDir: { medium: 'Memory', sizeLimit: sharedMemory } }]
      : []),
  ]
  const mounts = [
    ...(storage ? [{ name: 'weights', mountPath: mountPathOf(storage) }] : []),
    ...(sharedMemory !== undefined && onGpus ? [{ name: 'shared-mem', mountPath: '/dev/shm' }] : []),
  ]
  return {
    metadata: { labels: { ...labelsOf(config) } },
    spec: {
      ...placement,
      ...(onGpus && { tolerations, ...(nodeSelector && { nodeSelector }) }),
      ...(onGpus && topologySpreadConstraints && { topologySpreadConstraints }),
      enableServiceLinks: false,
      containers: [
        {
          ...container,
          image: config.image,
          ...(env.length > 0 && { env }),
          ...(mounts.length > 0 && { volumeMounts: mounts }),
        },
      ],
      ...(volumes.length > 0 && { volumes }),
    },
  }
}

const same = (amounts: Record<string, string>) => ({ limits: amounts, requests: amounts })

/**
 * A RayService with one application of Ray Serve LLM, a head without work and one group of GPU workers. Shape: KubeRay 1.7,
 * ray.io/v1. Ray sees as many processors and as much memory as the limits of a pod say, so both are always given.
 */
export function rayService(config: DeploymentConfig): KubeObject {
  const { name, namespace, replicas, autoscaling, nodesPerReplica = 1 } = config
  const { gpusPerNode } = degreesOf(config)
  const rayVersion = rayVersionOf(config.image)
  const worker = {
    // One processor for each GPU process, the rest for the proxy and the entrance of the application
    cpu: config.cpu ?? String(4 + 4 * gpusPerNode),
    memory: config.memory ?? `${16 + 32 * gpusPerNode}Gi`,
    'nvidia.com/gpu': String(gpusPerNode),
  }
  const least = (autoscaling?.minReplicas ?? replicas) * nodesPerReplica
  return {
    apiVersion: 'ray.io/v1',
    kind: 'RayService',
    metadata: { name, namespace, labels: { ...labelsOf(config), ...queueLabel(config) } },
    spec: {
      serveConfigV2: serveConfig(config),
      rayClusterConfig: {
        rayVersion,
        enableInTreeAutoscaling: autoscaling !== undefined,
        ...(takesToken(rayVersion) && { authOptions: { mode: 'token' } }),
        headGroupSpec: {
          rayStartParams: { 'dashboard-host': '0.0.0.0', 'num-cpus': '0' },
          template: podOf(config, { name: 'ray-head', ports, resources: same({ cpu: '2', memory: '8Gi' }) }, false),
        },
        workerGroupSpecs: [
          {
            groupName: 'gpu',
            replicas: least,
            minReplicas: least,
            maxReplicas: (autoscaling?.maxReplicas ?? replicas) * nodesPerReplica,
            rayStartParams: {},
            template: podOf(config, { name: 'ray-worker', resources: same(worker) }, true),
          },
        ],
      },
    },
  }
}
