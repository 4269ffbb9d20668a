import type { Cluster } from './cluster.ts'
import { gpuModel } from './gpu-models.ts'
import type { Pod } from './kube-types.ts'
import { RAY_CLUSTER, raySpecOf } from './kuberay.ts'
import { requestOf } from './placement.ts'
import { hexOf, uuidOf } from './random.ts'
import type { RayJobRecord, RayJobs } from './ray-jobs.ts'
import { WAITING_MESSAGE } from './ray-jobs.ts'
import { isReady, livePods } from './workloads.ts'

/** One Ray node as the dashboard shows it. */
export interface RayNode {
  nodeId: string
  hostname: string
  ip: string
  isHead: boolean
  alive: boolean
  cpus: number
  memoryBytes: number
  startMs: number
  gpus: { index: number; uuid: string; name: string; memoryMib: number }[]
  labels: Record<string, string>
  resources: Record<string, number>
}

/** A Ray cluster and how it is reached. `key` names it in the jobs' shelf. */
export interface RayCluster {
  key: string
  name: string
  rayVersion: string
  token?: string
  nodes(): RayNode[]
}

export const BARE_RAY = 'ray-lab'
const HOUR_MS = 3_600_000

/** The Ray cluster behind a KubeRay object; its nodes are the pods that are ready. */
export function kubeRayCluster(cluster: Cluster, namespace: string, name: string): RayCluster | undefined {
  const object = cluster.store.get(RAY_CLUSTER, namespace, name)
  if (!object) return undefined
  return {
    key: `${cluster.spec.name}/${namespace}/${name}`,
    name,
    rayVersion: raySpecOf(object).rayVersion ?? '2.59.0',
    nodes: () =>
      livePods(cluster, object)
        .filter(isReady)
        .map((pod) => nodeOf(cluster, pod)),
  }
}

function nodeOf(cluster: Cluster, pod: Pod): RayNode {
  const { namespace = 'default', name, uid, creationTimestamp } = pod.metadata
  const request = requestOf(pod.spec)
  const held = cluster.placement.gpusOf(namespace, name)
  const physical = cluster.gpus.filter((gpu) => gpu.node === held?.node && held.indexes.includes(gpu.index))
  const ip = pod.status.podIP ?? ''
  const cpus = Math.max(1, Math.floor(request.cpuMilli / 1000))
  return {
    nodeId: hexOf(`${uid}/ray`, 56),
    hostname: name,
    ip,
    isHead: pod.metadata.labels?.['ray.io/node-type'] === 'head',
    alive: true,
    cpus,
    memoryBytes: request.memoryBytes,
    startMs: Date.parse(creationTimestamp) + 20_000,
    gpus: physical.map((gpu) => {
      const model = gpuModel(gpu.modelId)
      return { index: gpu.index, uuid: gpu.uuid, name: model.modelName, memoryMib: model.memoryMib }
    }),
    labels: {
      'ray.io/node-group': pod.metadata.labels?.['ray.io/group'] ?? '',
      'ray.io/node-id': hexOf(`${uid}/ray`, 56),
    },
    resources: resources({ cpus, memoryBytes: request.memoryBytes, gpus: physical.length, ip }),
  }
}

function resources({
  cpus,
  memoryBytes,
  gpus,
  ip,
}: {
  cpus: number
  memoryBytes: number
  gpus: number
  ip: string
}): Record<string, number> {
  return {
    CPU: cpus,
    memory: Math.round(memoryBytes * 0.7),
    object_store_memory: Math.round(memoryBytes * 0.3),
    [`node:${ip}`]: 1,
    ...(gpus > 0 ? { GPU: gpus } : {}),
  }
}

/** A Ray cluster without Kubernetes: a workstation as head and three Raspberry Pis. */
export function bareRayCluster(seed: string, bootMs: number): RayCluster {
  const plan = [
    { hostname: 'lab-head', ip: '192.168.40.10', cpus: 32, memoryGib: 128, gpu: true },
    { hostname: 'pi-01', ip: '192.168.40.21', cpus: 4, memoryGib: 8, gpu: false },
    { hostname: 'pi-02', ip: '192.168.40.22', cpus: 4, memoryGib: 8, gpu: false },
    { hostname: 'pi-03', ip: '192.168.40.23', cpus: 4, memoryGib: 16, gpu: false },
  ]
  const nodes = plan.map((one, index): RayNode => {
    const memoryBytes = one.memoryGib * 2 ** 30
    const gpus = one.gpu
      ? [
          {
            index: 0,
            uuid: `GPU-${uuidOf(`${seed}/${one.hostname}`)}`,
            name: 'NVIDIA GeForce RTX 4090',
            memoryMib: 24564,
          },
        ]
      : []
    const extra: Record<string, number> = one.gpu ? {} : { rpi: 1 }
    return {
      nodeId: hexOf(`${seed}/${one.hostname}/ray`, 56),
      hostname: one.hostname,
      ip: one.ip,
      isHead: index === 0,
      // One Pi dropped out of the cluster a while ago.
      alive: one.hostname !== 'pi-03',
      cpus: one.cpus,
      memoryBytes,
      startMs: bootMs - 90 * HOUR_MS,
      gpus,
      labels: {},
      resources: { ...resources({ cpus: one.cpus, memoryBytes, gpus: gpus.length, ip: one.ip }), ...extra },
    }
  })
  return {
    key: `bare/${BARE_RAY}`,
    name: BARE_RAY,
    rayVersion: '2.59.0',
    token: hexOf(`${seed}/ray-token`, 64),
    nodes: () => nodes,
  }
}

/** The jobs the Ray clusters have at rest: some done, one failed, one running, one that waits. */
export function seedRayJobs(jobs: RayJobs, { keys, bootMs }: { keys: string[]; bootMs: number }): void {
  const job = (submissionId: string, change: Partial<RayJobRecord>): RayJobRecord => ({
    submissionId,
    driverJobId: '02000000',
    status: 'SUCCEEDED',
    entrypoint: 'python train.py',
    message: 'Job finished successfully.',
    errorType: null,
    startMs: bootMs - 5 * HOUR_MS,
    endMs: bootMs - 4 * HOUR_MS,
    metadata: {},
    runtimeEnv: { pip: ['torch==2.9.0'] },
    entrypointNumGpus: 0,
    exitCode: 0,
    ...change,
  })
  for (const [index, key] of keys.entries()) {
    const name = key.split('/').at(-1) ?? key
    jobs.plant(
      key,
      job(`${name}-preprocess-0001`, { entrypoint: 'python preprocess.py --shards 64', metadata: { owner: 'data' } }),
    )
    jobs.plant(
      key,
      job(`${name}-tune-0002`, {
        driverJobId: '03000000',
        entrypoint: 'python tune.py --trials 40',
        startMs: bootMs - 3 * HOUR_MS,
        endMs: bootMs - 2.5 * HOUR_MS,
        ...(index === 1
          ? {
              status: 'FAILED',
              message:
                'Job entrypoint command failed with exit code 1, last available logs (truncated to 20,000 chars):\nray.exceptions.OutOfMemoryError: Task was killed due to the node running low on memory.',
              errorType: 'JOB_ENTRYPOINT_COMMAND_ERROR',
              exitCode: 1,
            }
          : {}),
      }),
    )
    jobs.plant(
      key,
      job(`${name}-train-0003`, {
        driverJobId: '04000000',
        status: 'RUNNING',
        message: 'Job is currently running.',
        entrypoint: 'python train.py --epochs 10',
        startMs: bootMs - 0.7 * HOUR_MS,
        endMs: null,
        exitCode: null,
        entrypointNumGpus: index < 2 ? 4 : 0,
      }),
    )
  }
}

/** A job that waits for more GPUs than there are. */
export function stuckJob(submissionId: string, atMs: number): RayJobRecord {
  return {
    submissionId,
    driverJobId: null,
    status: 'PENDING',
    entrypoint: 'python train_large.py',
    message: WAITING_MESSAGE,
    errorType: null,
    startMs: atMs,
    endMs: null,
    metadata: { owner: 'research' },
    runtimeEnv: {},
    entrypointNumGpus: 64,
    exitCode: null,
  }
}
