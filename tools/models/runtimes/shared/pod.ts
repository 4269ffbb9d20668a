import { findModel } from '../../catalogue.ts'
import type { DeploymentConfig } from '../../config.ts'
import { degreesOf, engineFile, mountPathOf } from './engine-command.ts'

/** Labels of everything that belongs to a deployment (MOD-034): `instance` finds its pods (MOD-043). */
export const labelsOf = (config: DeploymentConfig): Record<string, string> => ({
  'app.kubernetes.io/name': 'model-deployment',
  'app.kubernetes.io/instance': config.name,
  'app.kubernetes.io/managed-by': 'quartermaster',
})

/** Kueue takes in a workload by this label on its own object. */
export const queueLabel = ({ queue }: DeploymentConfig): Record<string, string> =>
  queue === undefined ? {} : { 'kueue.x-k8s.io/queue-name': queue }

/** GPUs, processors and memory of one pod. Memory is bound, processors are not: an engine that waits for a core stalls its GPU. */
export function resourcesOf(config: DeploymentConfig) {
  const { cpu, memory } = config
  const asked = { ...(cpu !== undefined && { cpu }), ...(memory !== undefined && { memory }) }
  return {
    ...(Object.keys(asked).length > 0 && { requests: asked }),
    limits: { 'nvidia.com/gpu': String(degreesOf(config).gpusPerNode), ...(memory !== undefined && { memory }) },
  }
}

/** Tokens and settings. The Secret's key is the convention of Hugging Face's own variable. */
export function envOf(config: DeploymentConfig) {
  const { hfTokenSecret, storage, env } = config
  return [
    ...(hfTokenSecret !== undefined
      ? [{ name: 'HF_TOKEN', valueFrom: { secretKeyRef: { name: hfTokenSecret, key: 'HF_TOKEN' } } }]
      : []),
    // Without a folder of its own in the claim the weights are kept there after the first download
    ...(storage && storage.path === undefined ? [{ name: 'HF_HOME', value: mountPathOf(storage) }] : []),
    ...Object.entries(env ?? {}).map(([name, value]) => ({ name, value })),
  ]
}

/** GPU processes of one pod talk through /dev/shm, which is 64 MiB unless a volume is mounted there. */
export function volumesOf(config: DeploymentConfig, file?: string) {
  const { storage, sharedMemory } = config
  const volumes: Record<string, unknown>[] = [
    {
      name: 'shm',
      emptyDir: { medium: 'Memory', ...(sharedMemory !== undefined && { sizeLimit: sharedMemory }) },
    },
  ]
  const mounts: Record<string, unknown>[] = [{ name: 'shm', mountPath: '/dev/shm' }]
  if (storage) {
    volumes.push({ name: 'weights', persistentVolumeClaim: { claimName: storage.claim } })
    mounts.push({ name: 'weights', mountPath: mountPathOf(storage) })
  }
  if (file !== undefined) {
    // From an annotation of the pod itself: it changes with the pod, and there is no other object to keep and delete
    const items = [
      { path: engineFile.name, fieldRef: { fieldPath: `metadata.annotations['${engineFileAnnotation}']` } },
    ]
    volumes.push({ name: 'engine-file', downwardAPI: { items } })
    mounts.push({ name: 'engine-file', mountPath: engineFile.folder, readOnly: true })
  }
  return { volumes, mounts }
}

/** Holds the engine's options file. */
export const engineFileAnnotation = 'model-deployment/engine-file'

/** Where pods may run. GPU nodes are often tainted after their resource, and not every cluster adds the toleration by itself. */
export function placementOf(config: DeploymentConfig, spreadLabels: Record<string, string> = labelsOf(config)) {
  const { gpuModel, nodeSelector, tolerations = [], spreadOver, priorityClass, imagePullSecret } = config
  const gpuTaint = { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }
  const selector = {
    ...(gpuModel !== undefined && { 'nvidia.com/gpu.product': gpuModel.replaceAll(' ', '-') }),
    ...nodeSelector,
  }
  return {
    ...(Object.keys(selector).length > 0 && { nodeSelector: selector }),
    tolerations: [gpuTaint, ...tolerations.filter((one) => JSON.stringify(one) !== JSON.stringify(gpuTaint))],
    ...(spreadOver !== undefined && {
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: spreadOver,
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: spreadLabels },
        },
      ],
    }),
    ...(priorityClass !== undefined && { priorityClassName: priorityClass }),
    ...(imagePullSecret !== undefined && { imagePullSecrets: [{ name: imagePullSecret }] }),
  }
}

const bytesPerSecond = 100 * 1024 ** 2

/** How long an engine may take to answer: its weights over a slow network, then compiling. Between 15 minutes and 3 hours. */
export function startupSeconds({ modelId, gpus }: DeploymentConfig): number {
  const known = findModel(modelId)
  const bytes = known ? known.paramsB * 2e9 : gpus * 60e9
  return Math.min(10_800, Math.ceil((900 + bytes / bytesPerSecond) / 60) * 60)
}

/** All engines answer /health when they take requests; until the first time nothing else is asked. */
export function probesOf(config: DeploymentConfig, port: string | number = 'http') {
  const httpGet = { path: '/health', port }
  return {
    startupProbe: { httpGet, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: startupSeconds(config) / 10 },
    readinessProbe: { httpGet, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 },
    // An engine that is busy answers late: only one that stays silent for two minutes is started again
    livenessProbe: { httpGet, periodSeconds: 15, timeoutSeconds: 15, failureThreshold: 8 },
  }
}
