import { hash32, hexOf, noise, unitOf } from '../world/random.ts'
import type { RayCluster, RayNode } from '../world/ray-clusters.ts'
import type { RayJobRecord } from '../world/ray-jobs.ts'

/** `/api/jobs/` form of a job. */
export function jobWire(job: RayJobRecord, head: RayNode | undefined) {
  const started = job.driverJobId !== null
  return {
    type: 'SUBMISSION',
    job_id: job.driverJobId,
    submission_id: job.submissionId,
    driver_info: started
      ? {
          id: job.driverJobId,
          node_ip_address: head?.ip ?? '',
          pid: String(1000 + (hash32(job.submissionId) % 30_000)),
        }
      : null,
    status: job.status,
    entrypoint: job.entrypoint,
    message: job.message,
    error_type: job.errorType,
    start_time: job.startMs,
    end_time: job.endMs,
    metadata: job.metadata,
    runtime_env: job.runtimeEnv,
    driver_agent_http_address: started && head ? `http://${head.ip}:52365` : null,
    driver_node_id: started ? (head?.nodeId ?? null) : null,
    driver_exit_code: job.exitCode,
  }
}

/** The log of a job: what its driver printed up to now. */
export function jobLog(job: RayJobRecord, nowMs: number): string {
  if (job.driverJobId === null) return ''
  const lines = [
    `Running entrypoint for job ${job.submissionId}: ${job.entrypoint}`,
    'INFO worker.py:1833 -- Connecting to existing Ray cluster',
  ]
  const endMs = Math.min(job.endMs ?? nowMs, nowMs)
  const steps = Math.min(200, Math.floor((endMs - job.startMs) / 10_000))
  for (let step = 1; step <= steps; step++) {
    lines.push(
      `step ${step * 10} loss=${(2.4 * Math.exp(-step / 90) + 0.3 + unitOf(`${job.submissionId}/${step}`) * 0.05).toFixed(4)}`,
    )
  }
  if (job.status === 'FAILED')
    lines.push(
      'Traceback (most recent call last):',
      `  File "driver.py", line 88, in <module>`,
      job.message.split('\n').at(-1) ?? '',
    )
  if (job.status === 'SUCCEEDED') lines.push('done')
  return `${lines.join('\n')}\n`
}

export function nodeSummary(node: RayNode, nowMs: number) {
  const busy = node.alive ? 0.35 + 0.3 * noise(node.nodeId, nowMs, 300_000) : 0
  const used = Math.round(node.memoryBytes * (0.4 + 0.1 * noise(`${node.nodeId}/memory`, nowMs, 600_000)))
  return {
    now: nowMs / 1000,
    hostname: node.hostname,
    ip: node.ip,
    cpu: Math.round(busy * 1000) / 10,
    cpus: [node.cpus, node.cpus],
    mem: [node.memoryBytes, node.memoryBytes - used, Math.round((used / node.memoryBytes) * 1000) / 10, used],
    shm: Math.round(node.memoryBytes * 0.02),
    gpus: node.gpus.map((gpu) => gpuSummary(gpu, nowMs)),
    bootTime: node.startMs / 1000 - 3600,
    loadAvg: [[busy * node.cpus, busy * node.cpus, busy * node.cpus].map(round2), [busy, busy, busy].map(round2)],
    disk: { '/': { total: 9.8e11, used: 2.1e11, free: 7.7e11, percent: 21.4 } },
    diskIo: [0, 0, 0, 0],
    networkSpeed: [1200, 3400],
    cmdline: [],
    raylet: {
      nodeId: node.nodeId,
      nodeManagerAddress: node.ip,
      state: node.alive ? 'ALIVE' : 'DEAD',
      stateMessage: node.alive ? null : 'health check failed due to missing too many heartbeats',
      isHeadNode: node.isHead,
      resourcesTotal: node.resources,
      labels: node.labels,
      startTimeMs: String(node.startMs),
    },
  }
}

function gpuSummary(gpu: RayNode['gpus'][number], nowMs: number) {
  const activity = Math.max(0, Math.min(0.98, 0.6 + 0.4 * noise(`gpu/${gpu.uuid}`, nowMs, 900_000)))
  return {
    index: gpu.index,
    uuid: gpu.uuid,
    name: gpu.name,
    utilizationGpu: Math.round(activity * 100),
    memoryUsed: Math.round(gpu.memoryMib * 0.62),
    memoryTotal: gpu.memoryMib,
    powerMw: Math.round(120_000 + activity * 400_000),
    temperatureC: Math.round(35 + activity * 40),
    processesPids: [],
  }
}

const round2 = (value: number) => Math.round(value * 100) / 100

/** The logical resources of each node in the dashboard's own text. */
export function logicalResources(nodes: RayNode[]): Record<string, string> {
  return Object.fromEntries(
    nodes
      .filter((node) => node.alive)
      .map((node) => [
        node.nodeId,
        [
          `0.0/${node.cpus}.0 CPU`,
          ...(node.gpus.length > 0 ? [`${node.gpus.length}.0/${node.gpus.length}.0 GPU`] : []),
          `0B/${(node.memoryBytes / 2 ** 30).toFixed(2)}GiB memory`,
        ].join('\n'),
      ]),
  )
}

export interface StateRow {
  [field: string]: unknown
}

/** Rows of the state API, snake_case. */
export function stateRows(kind: string, cluster: RayCluster, jobs: RayJobRecord[]): StateRow[] | undefined {
  const nodes = cluster.nodes()
  const running = jobs.filter((job) => job.status === 'RUNNING')
  const workers = nodes.filter((node) => node.alive && !node.isHead)
  switch (kind) {
    case 'nodes':
      return nodes.map((node) => ({
        node_id: node.nodeId,
        node_ip: node.ip,
        is_head_node: node.isHead,
        state: node.alive ? 'ALIVE' : 'DEAD',
        state_message: node.alive ? null : 'health check failed due to missing too many heartbeats',
        node_name: node.ip,
        resources_total: node.resources,
        labels: node.labels,
        start_time_ms: node.startMs,
        end_time_ms: node.alive ? 0 : node.startMs + 80 * 3_600_000,
      }))
    case 'jobs':
      return jobs.map((job) => ({
        ...jobWire(
          job,
          nodes.find((node) => node.isHead),
        ),
      }))
    case 'actors':
      return running.flatMap((job) =>
        workers.map((node, index) => ({
          actor_id: hexOf(`${job.submissionId}/actor/${index}`, 32),
          class_name: 'TrainWorker',
          state: 'ALIVE',
          job_id: job.driverJobId,
          name: '',
          node_id: node.nodeId,
          pid: 2000 + index,
          ray_namespace: hexOf(job.submissionId, 32),
        })),
      )
    case 'tasks':
      return running.flatMap((job) =>
        Array.from({ length: 24 }, (_, index) => ({
          task_id: hexOf(`${job.submissionId}/task/${index}`, 48),
          attempt_number: 0,
          name: index % 3 === 0 ? 'load_shard' : 'train_step',
          state: index < 16 ? 'FINISHED' : index < 22 ? 'RUNNING' : 'PENDING_NODE_ASSIGNMENT',
          job_id: job.driverJobId,
          type: 'NORMAL_TASK',
          func_or_class_name: index % 3 === 0 ? 'load_shard' : 'train_step',
          node_id: workers[index % Math.max(1, workers.length)]?.nodeId ?? null,
          worker_id: hexOf(`${job.submissionId}/worker/${index}`, 56),
          error_type: null,
        })),
      )
    case 'placement_groups':
    case 'workers':
    case 'objects':
    case 'runtime_envs':
    case 'cluster_events':
    case 'logs':
      return []
    default:
      return undefined
  }
}

/** What `ray status` prints. */
export function statusText(cluster: RayCluster, jobs: RayJobRecord[]): string {
  const alive = cluster.nodes().filter((node) => node.alive)
  const sum = (pick: (node: RayNode) => number) => alive.reduce((all, node) => all + pick(node), 0)
  const waiting = jobs.filter((job) => job.status === 'PENDING' && job.entrypointNumGpus > 0)
  const demands = waiting.map((job) => ` {'GPU': ${job.entrypointNumGpus}.0}: 1+ pending tasks/actors`)
  return [
    '======== Autoscaler status ========',
    'Node status',
    '---------------------------------------------------------------',
    'Active:',
    ...alive.map((node) => ` 1 node_${node.nodeId}`),
    'Pending:',
    ' (no pending nodes)',
    'Recent failures:',
    ' (no failures)',
    '',
    'Resources',
    '---------------------------------------------------------------',
    'Total Usage:',
    ` 0.0/${sum((node) => node.cpus)}.0 CPU`,
    ` ${sum((node) => node.gpus.length)}.0/${sum((node) => node.gpus.length)}.0 GPU`,
    ` 0B/${(sum((node) => node.memoryBytes) / 2 ** 30).toFixed(2)}GiB memory`,
    '',
    'Total Demands:',
    ...(demands.length > 0 ? demands : [' (no resource demands)']),
  ].join('\n')
}
