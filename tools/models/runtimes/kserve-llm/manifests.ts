import type { KubeObject } from '../../../clients/kubernetes/types.ts'
import type { DeploymentConfig } from '../../config.ts'
import { degreesOf, enginePort, vllmFlags } from '../shared/engine-command.ts'
import { envOf, labelsOf, placementOf, probesOf, queueLabel, resourcesOf } from '../shared/pod.ts'

/** Pods of a workload carry these; `app.kubernetes.io/name` is the service's own name. */
export const partOf = { 'app.kubernetes.io/part-of': 'llminferenceservice' }

/**
 * One pod of a workload. KServe merges it over its preset, which brings the program and the weights at /mnt/models. The
 * preset's own arguments are replaced in some releases and followed by ours in others, so they are said again.
 */
function podOf(config: DeploymentConfig, role: 'leader' | 'worker' = 'leader') {
  const { sharedMemory } = config
  const { storage: _, ...loaded } = config
  const env = envOf(loaded)
  return {
    ...placementOf(config, { 'app.kubernetes.io/name': config.name, ...partOf }),
    containers: [
      {
        name: 'main',
        image: config.image,
        args: [...vllmFlags(config), '--port', String(enginePort), ...config.engineArgs],
        ...(env.length > 0 && { env }),
        resources: resourcesOf(config),
        // Workers of a group answer nothing, and their preset asks nothing
        ...(role === 'leader' && { startupProbe: startup(config) }),
      },
    ],
    // The preset's volume for /dev/shm, with another size
    ...(sharedMemory !== undefined && {
      volumes: [{ name: 'dshm', emptyDir: { medium: 'Memory', sizeLimit: sharedMemory } }],
    }),
  }
}

/** Path and scheme stay the preset's: with TLS between router and engine it is https. */
const startup = (config: DeploymentConfig) => {
  const { startupProbe } = probesOf(config, enginePort)
  const { periodSeconds, failureThreshold } = startupProbe
  return { periodSeconds, failureThreshold }
}

function parallelismOf(config: DeploymentConfig) {
  const { tensor, pipeline } = degreesOf(config)
  const degrees = {
    ...(tensor > 1 && { tensor }),
    // Stages of a pipeline are the nodes of a group; on one node they are the engine's own affair
    ...(spansNodes(config) && { pipeline }),
    ...(config.expertParallel && { expert: true }),
  }
  return Object.keys(degrees).length > 0 ? { parallelism: degrees } : {}
}

const spansNodes = ({ nodesPerReplica = 1 }: DeploymentConfig) => nodesPerReplica > 1

const workloadOf = (config: DeploymentConfig) => ({
  ...parallelismOf(config),
  template: podOf(config),
  ...(spansNodes(config) && { worker: podOf(config, 'worker') }),
})

/** A scheduler knows what each engine has cached; a route alone takes them in turn. */
function routerOf({ mode, routerMode }: DeploymentConfig) {
  if (mode === 'disaggregated' || routerMode === 'kv') return { router: { gateway: {}, route: {}, scheduler: {} } }
  return routerMode === 'round-robin' ? { router: { gateway: {}, route: {} } } : {}
}

const uriOf = ({ modelId, storage }: DeploymentConfig) =>
  storage?.path === undefined ? `hf://${modelId}` : `pvc://${storage.claim}/${storage.path.replace(/^\/+/, '')}`

/** An LLMInferenceService; both versions have the same shape for what we write. Shape: KServe 0.20. */
export function llmInferenceService(config: DeploymentConfig, version: string): KubeObject {
  const { name, namespace, autoscaling } = config
  const labels = { ...labelsOf(config), ...queueLabel(config) }
  return {
    apiVersion: `serving.kserve.io/${version === 'v1alpha1' ? 'v1alpha1' : 'v1alpha2'}`,
    kind: 'LLMInferenceService',
    metadata: { name, namespace, labels },
    spec: {
      model: { uri: uriOf(config), name: config.servedModelName },
      // KServe marks its pods with labels of its own under the name, so only the instance is added
      labels: { 'app.kubernetes.io/instance': name, 'app.kubernetes.io/managed-by': 'quartermaster' },
      ...(autoscaling ? { scaling: { ...autoscaling, wva: { hpa: {} } } } : { replicas: config.replicas }),
      ...workloadOf(config),
      ...routerOf(config),
      ...(config.mode === 'disaggregated' && {
        prefill: {
          replicas: config.prefillReplicas ?? config.replicas,
          labels: { 'app.kubernetes.io/instance': name, 'app.kubernetes.io/managed-by': 'quartermaster' },
          ...workloadOf(config),
        },
      }),
    },
  }
}
