import { createCurve } from '../curves.ts'
import { type PodRecord, stepAt } from '../history.ts'
import type { Pod } from '../kube-types.ts'
import type { MetricType } from '../samples.ts'
import type { ServingInfo } from '../serving-info.ts'
import { lasts, type Trouble } from '../troubles.ts'
import type { Family, Scene } from './family.ts'

/** A pod that serves, with the load that reaches it as pure functions of time. */
export interface Server {
  info: ServingInfo
  record: PodRecord
  labels: Record<string, string>
  readyMs: number
  /** Requests answered between being ready and a time, split into ordinary, slow, and stalled ones (while the KV cache is full). */
  requests(atMs: number): { quick: number; slow: number; stalled: number }
  ratePerSecond(atMs: number): number
  full(atMs: number): boolean
}

function serversOf(scene: Scene, role: ServingInfo['role'], engine?: ServingInfo['engine']): Server[] {
  return scene.history.records().flatMap((record) => {
    const info = scene.serving.infoOf(record.pod)
    if (!info || info.role !== role || (engine && info.engine !== engine)) return []
    const readyMs = record.steps.find((step) => step.ready)?.fromMs
    return readyMs === undefined ? [] : [serverOf(scene, { record, info, readyMs: Math.max(readyMs, scene.startMs) })]
  })
}

function serverOf(
  scene: Scene,
  { record, info, readyMs }: { record: PodRecord; info: ServingInfo; readyMs: number },
): Server {
  const { pod } = record
  const key = `${scene.cluster.spec.name}/${pod.metadata.name}`
  const quick = createCurve(`${key}/quick`, info.requestsPerSecond * 0.9)
  const slow = createCurve(`${key}/slow`, info.requestsPerSecond * 0.1, 0.98)
  const stalls = scene.troubles.filter((trouble) => isFullCache(trouble, scene.cluster.spec.name, record, info))
  const stalledRate = createCurve(`${key}/stalled`, info.requestsPerSecond * 0.9, 0.3)
  const stalledUntil = (atMs: number) =>
    stalls.reduce(
      (sum, stall) => sum + stalledRate.between(Math.max(readyMs, stall.fromMs), Math.min(atMs, stall.toMs ?? atMs)),
      0,
    )
  return {
    info,
    record,
    readyMs,
    labels: {
      job: `${pod.metadata.namespace}/${info.graph}`,
      instance: `${pod.status.podIP ?? ''}:${portOf(pod, info)}`,
      namespace: pod.metadata.namespace ?? '',
      pod: pod.metadata.name,
      container: pod.spec.containers[0]?.name ?? 'main',
    },
    requests: remembered((atMs) => ({
      quick: quick.between(readyMs, atMs),
      slow: slow.between(readyMs, atMs),
      stalled: stalledUntil(atMs),
    })),
    ratePerSecond: (atMs) => quick.at(atMs) + slow.at(atMs),
    full: (atMs) => stalls.some((stall) => lasts(stall, atMs)),
  }
}

/** Workers of Dynamo show theirs on a port of their own; everything else where it answers. */
export const portOf = ({ metadata, spec }: Pod, { role }: ServingInfo): number =>
  role === 'worker' && metadata.labels?.['nvidia.com/dynamo-namespace']
    ? 9090
    : (spec.containers[0]?.ports?.[0]?.containerPort ?? 8000)

const REMEMBERED_TIMES = 6000

/** All buckets of a histogram ask for the same times, one after the other. */
function remembered<T>(compute: (atMs: number) => T): (atMs: number) => T {
  const known = new Map<number, T>()
  return (atMs) => {
    const found = known.get(atMs)
    if (found !== undefined) return found
    if (known.size >= REMEMBERED_TIMES) known.clear()
    const value = compute(atMs)
    known.set(atMs, value)
    return value
  }
}

function isFullCache(trouble: Trouble, cluster: string, record: PodRecord, info: ServingInfo): boolean {
  return (
    trouble.kind === 'kv-cache-full' &&
    trouble.cluster === cluster &&
    trouble.namespace === record.pod.metadata.namespace &&
    trouble.app === info.graph
  )
}

/** A value only while the pod is there and has been ready once. */
export function alive(server: Server, value: (atMs: number) => number): (atMs: number) => number | undefined {
  return (atMs) => (atMs >= server.readyMs && stepAt(server.record, atMs) ? value(atMs) : undefined)
}

export const total = (server: Server, atMs: number) => {
  const { quick, slow, stalled } = server.requests(atMs)
  return quick + slow + stalled
}

export type Labelled = (server: Server) => Record<string, string>

const vllmLabels: Labelled = ({ info, labels }) => ({ ...labels, model_name: info.model, engine: '0' })
const sglangLabels: Labelled = ({ info, labels }) => ({
  ...labels,
  model_name: info.model,
  engine_type: 'unified',
  tp_rank: '0',
})
const trtllmLabels: Labelled = ({ info, labels }) => ({ ...labels, model_name: info.model, engine_type: 'trtllm' })
const frontendLabels: Labelled = ({ info, labels }) => ({ ...labels, model: info.model })
const componentLabels: Labelled = ({ info, labels, record }) => ({
  ...labels,
  model: info.model,
  dynamo_namespace: record.pod.metadata.labels?.['nvidia.com/dynamo-namespace'] ?? '',
  dynamo_component: record.pod.metadata.labels?.['nvidia.com/dynamo-component'] ?? '',
  dynamo_endpoint: 'generate',
})

/** Which serving pods expose a metric, and under which labels. */
export interface Kind {
  role: ServingInfo['role']
  engine?: ServingInfo['engine']
  labelsOf: Labelled
  only?: (server: Server) => boolean
}

export const VLLM: Kind = { role: 'worker', engine: 'vllm', labelsOf: vllmLabels }
export const SGLANG: Kind = { role: 'worker', engine: 'sglang', labelsOf: sglangLabels }
export const TRTLLM: Kind = { role: 'worker', engine: 'trtllm', labelsOf: trtllmLabels }
export const FRONTEND: Kind = { role: 'frontend', labelsOf: frontendLabels }
export const COMPONENT: Kind = {
  role: 'worker',
  labelsOf: componentLabels,
  only: ({ record }) => Boolean(record.pod.metadata.labels?.['nvidia.com/dynamo-namespace']),
}

export function pick(scene: Scene, kind: Kind): Server[] {
  return serversOf(scene, kind.role, kind.engine).filter((server) => !kind.only || kind.only(server))
}

/** A value of one serving pod at a time. */
export type Value = (server: Server, atMs: number) => number

export function simple(kind: Kind, type: MetricType, name: string, [help, value]: [string, Value]): Family {
  return {
    name,
    type,
    help,
    series: (scene) =>
      pick(scene, kind).map((server) => ({
        labels: { __name__: name, ...kind.labelsOf(server) },
        at: alive(server, (atMs) => value(server, atMs)),
      })),
  }
}

export function split(
  kind: Kind,
  name: string,
  { help, label, shares }: { help: string; label: string; shares: Record<string, number>[] },
): Family {
  const rows = shares.flatMap((entry) => Object.entries(entry))
  return {
    name,
    type: 'counter',
    help,
    series: (scene) =>
      pick(scene, kind).flatMap((server) =>
        rows.map(([value, share]) => ({
          labels: { __name__: name, ...kind.labelsOf(server), [label]: value },
          at: alive(server, (atMs) => Math.floor(total(server, atMs) * share)),
        })),
      ),
  }
}
