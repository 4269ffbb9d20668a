import type { PodRecord } from './history.ts'
import { type LogFlavor, ordinaryLine } from './log-lines.ts'
import { requestOf } from './placement.ts'
import { appOf } from './pod-app.ts'
import { hash32, integerOf } from './random.ts'
import { REQUEST_PERIOD_MS, requestAt, requestLine } from './requests.ts'
import { lastWords } from './rollout-faults.ts'
import { modelOf } from './serving-info.ts'
import type { Trouble } from './troubles.ts'

export interface LogLine {
  atMs: number
  text: string
  level: 'debug' | 'info' | 'warn' | 'error'
}

/** One stream of lines. `lines` is a pure function of the span: ascending, `fromMs` included, `toMs` not. */
export interface LogStream {
  labels: Record<string, string>
  lines(fromMs: number, toMs: number): LogLine[]
}

const PERIOD_MS: Record<LogFlavor, number> = {
  frontend: REQUEST_PERIOD_MS,
  worker: 10_000,
  training: 15_000,
  ray: 12_000,
  app: 20_000,
  agent: 60_000,
}

export function flavorOf(record: PodRecord): LogFlavor {
  const labels = record.pod.metadata.labels ?? {}
  const type = labels['nvidia.com/dynamo-component-type']
  if (type === 'frontend') return 'frontend'
  if (type || labels['app.kubernetes.io/component'] === 'inference') return 'worker'
  if (labels['ray.io/cluster']) return 'ray'
  if (requestOf(record.pod.spec).gpus > 0) return 'training'
  return ['kube-system', 'gpu-operator', 'monitoring', 'logging'].includes(record.pod.metadata.namespace ?? '')
    ? 'agent'
    : 'app'
}

/** The log of a pod's first container: its ordinary chatter while it ran, and what its troubles made it say. */
export function podStream(
  record: PodRecord,
  { cluster, troubles }: { cluster: string; troubles: readonly Trouble[] },
): LogStream {
  const { pod } = record
  const { namespace = 'default', name, uid } = pod.metadata
  const flavor = flavorOf(record)
  const app = appOf(pod)
  const here = troubles.filter((trouble) => trouble.cluster === cluster)
  const mine = troubles.filter((trouble) => concerns(trouble, record, cluster))
  const labels: Record<string, string> = {
    cluster,
    namespace,
    pod: name,
    container: pod.spec.containers[0]?.name ?? 'main',
    app,
    job: `${namespace}/${app}`,
    stream: flavor === 'app' ? 'stdout' : 'stderr',
    ...(pod.spec.nodeName ? { node: pod.spec.nodeName } : {}),
  }

  function chatter(fromMs: number, toMs: number): LogLine[] {
    const periodMs = PERIOD_MS[flavor]
    const lines: LogLine[] = []
    for (let tick = Math.floor(fromMs / periodMs) - 1; tick * periodMs < toMs; tick++) {
      const atMs = tick * periodMs + (hash32(`${uid}/${tick}`) % periodMs)
      if (atMs < fromMs || atMs >= toMs || !isUp(record, atMs)) continue
      lines.push({
        atMs,
        ...(flavor === 'frontend'
          ? requestLine(requestAt(record, tick, here))
          : ordinaryLine(flavor, { key: `${uid}/${tick}`, app, atMs })),
      })
    }
    return lines
  }

  function lament(fromMs: number, toMs: number): LogLine[] {
    const lines: LogLine[] = []
    for (const endMs of record.restartsMs) {
      if (endMs + 1000 < fromMs || endMs - 60_000 >= toMs) continue
      lines.push(...deathLines(record, mine, endMs))
    }
    for (const trouble of mine) lines.push(...troubleLines(trouble, fromMs, toMs))
    return lines.filter((line) => line.atMs >= fromMs && line.atMs < toMs)
  }

  return {
    labels,
    lines(fromMs, toMs) {
      const begin = Math.max(fromMs, record.createdMs)
      const end = Math.min(toMs, record.endedMs ?? toMs)
      return [...chatter(begin, end), ...lament(begin, end)].sort((a, b) => a.atMs - b.atMs)
    },
  }
}

function concerns(trouble: Trouble, record: PodRecord, cluster: string): boolean {
  if (trouble.cluster !== cluster || trouble.namespace !== record.pod.metadata.namespace) return false
  return trouble.app === appOf(record.pod) || trouble.app === record.pod.metadata.name
}

/** Up means that the container was running: not in back-off, not before its first start. */
function isUp(record: PodRecord, atMs: number): boolean {
  for (let index = record.steps.length - 1; index >= 0; index--) {
    const step = record.steps[index]!
    if (step.fromMs <= atMs) return step.phase === 'Running' && step.waitingReason === ''
  }
  return false
}

function deathLines(record: PodRecord, troubles: readonly Trouble[], endMs: number): LogLine[] {
  const oom = record.pod.status.containerStatuses?.[0]?.lastState.terminated?.reason === 'OOMKilled'
  const app = appOf(record.pod)
  if (troubles.some((trouble) => trouble.kind === 'xid')) {
    return [
      {
        atMs: endMs - 900,
        level: 'error',
        text: 'ERROR [core.py:742] EngineCore encountered a fatal error: CUDA error: unspecified launch failure',
      },
      {
        atMs: endMs - 300,
        level: 'error',
        text: 'vllm.v1.engine.exceptions.EngineDeadError: EngineCore encountered an issue. See stack trace (above) for the root cause.',
      },
    ]
  }
  const words = troubles.flatMap((trouble) => [
    ...lastWords(trouble.kind, modelOf(record.pod.spec.containers[0]) ?? app),
  ])
  if (words.length > 0)
    return words.map((text, index) => ({
      atMs: endMs - 3000 + index * 900,
      level: index === 0 ? 'info' : 'error',
      text,
    }))
  if (oom) {
    const limit = record.pod.spec.containers[0]?.resources?.limits?.memory ?? '512Mi'
    return [
      { atMs: endMs - 30_000, level: 'info', text: `level=info msg="starting ${app}" version=2.4.1` },
      {
        atMs: endMs - 12_000,
        level: 'warn',
        text: `level=warn msg="heap is growing" rss=${Math.round(Number.parseInt(limit, 10) * 0.91)}Mi limit=${limit}`,
      },
      {
        atMs: endMs - 1500,
        level: 'warn',
        text: `level=warn msg="allocating batch buffer" rows=${integerOf(`${record.pod.metadata.uid}${endMs}`, 100000, 900000)} rss=${Math.round(Number.parseInt(limit, 10) * 0.99)}Mi limit=${limit}`,
      },
    ]
  }
  return [
    { atMs: endMs - 4000, level: 'info', text: `level=info msg="starting ${app}" version=2.4.1` },
    {
      atMs: endMs - 1200,
      level: 'error',
      text: `level=error msg="cannot connect to database" err="dial tcp 172.30.14.9:5432: connect: connection refused"`,
    },
    { atMs: endMs - 800, level: 'error', text: `panic: required environment variable DATABASE_URL is empty` },
    { atMs: endMs - 790, level: 'error', text: `goroutine 1 [running]: main.mustEnv(...) /src/cmd/${app}/main.go:41` },
  ]
}

function troubleLines(trouble: Trouble, fromMs: number, toMs: number): LogLine[] {
  if (trouble.kind !== 'kv-cache-full' && trouble.kind !== 'xid') return []
  const begin = Math.max(fromMs, trouble.fromMs)
  const end = Math.min(toMs, trouble.toMs ?? toMs)
  if (trouble.kind === 'xid') {
    const text = `ERROR [multiproc_executor.py:211] Worker proc VllmWorker-${trouble.gpuIndex} died unexpectedly: CUDA error on ${trouble.gpuUuid} (Xid ${trouble.xid})`
    return trouble.fromMs >= fromMs && trouble.fromMs < toMs
      ? [{ atMs: trouble.fromMs + 400, level: 'error', text }]
      : []
  }
  const lines: LogLine[] = []
  const periodMs = 10_000
  for (let atMs = Math.ceil(begin / periodMs) * periodMs; atMs < end; atMs += periodMs) {
    const waiting = 40 + (hash32(`${trouble.id}/${atMs}`) % 60)
    lines.push({
      atMs,
      level: 'warn',
      text: `WARNING [scheduler.py:318] Sequence group is preempted by RECOMPUTE mode because there is not enough KV cache space. GPU KV cache usage: 99.${hash32(`${atMs}`) % 10}%, Waiting: ${waiting} reqs`,
    })
  }
  return lines
}

/** The kernel log of a GPU node: quiet, but for the XIDs of its GPUs. */
export function kernelStream(
  node: string,
  {
    cluster,
    troubles,
    pciBusIdOf,
  }: { cluster: string; troubles: readonly Trouble[]; pciBusIdOf: (gpuIndex: number) => string },
): LogStream {
  const mine = troubles.filter((trouble) => trouble.cluster === cluster && trouble.node === node)
  return {
    labels: { cluster, job: 'systemd-journal', unit: 'kernel', node, host: node },
    lines(fromMs, toMs) {
      const lines: LogLine[] = []
      const hourMs = 3_600_000
      for (let atMs = Math.ceil(fromMs / hourMs) * hourMs; atMs < toMs; atMs += hourMs) {
        lines.push({
          atMs,
          level: 'info',
          text: 'audit: type=1400 audit(0): apparmor="STATUS" operation="profile_replace" profile="unconfined" name="cri-containerd.apparmor.d"',
        })
      }
      for (const trouble of mine) {
        if (trouble.kind !== 'xid' || trouble.fromMs < fromMs || trouble.fromMs >= toMs) continue
        const bus = pciBusIdOf(trouble.gpuIndex ?? 0)
          .toLowerCase()
          .replace(/^0000/, '')
          .replace(/\.0$/, '')
        const what = trouble.xid === 79 ? 'GPU has fallen off the bus.' : 'Contained: SM (0x1). RST: No, D-RST: No'
        lines.push({
          atMs: trouble.fromMs,
          level: 'error',
          text: `NVRM: Xid (PCI:${bus}): ${trouble.xid}, pid=${integerOf(trouble.id, 2000, 60000)}, name=python3, ${what}`,
        })
      }
      return lines.sort((a, b) => a.atMs - b.atMs)
    },
  }
}
