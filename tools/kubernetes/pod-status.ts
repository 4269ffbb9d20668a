import type { Tone } from '#contract'
import { type ContainerStatus, conditionOf, type Pod } from './shapes.ts'

export interface PodState {
  /** The word that `kubectl get pods` shows */
  status: string
  readyContainers: number
  containers: number
  restarts: number
  tone: Tone
  /** Not as it should be: worth a look */
  problem: boolean
}

const initWord = (status: ContainerStatus, index: number, count: number): string | undefined => {
  const { terminated, waiting } = status.state ?? {}
  if (terminated) {
    if (terminated.exitCode === 0) return undefined
    if (terminated.reason) return `Init:${terminated.reason}`
    return terminated.signal ? `Init:Signal:${terminated.signal}` : `Init:ExitCode:${terminated.exitCode}`
  }
  if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`
  return `Init:${index}/${count}`
}

const containerWord = (status: ContainerStatus): string | undefined => {
  const { terminated, waiting } = status.state ?? {}
  if (waiting?.reason) return waiting.reason
  if (!terminated) return undefined
  if (terminated.reason) return terminated.reason
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`
}

/**
 * Status, ready count and restarts of a pod in kubectl's words.
 * Source: printPod in kubernetes/pkg/printers/internalversion/printers.go (1.36).
 */
export function podState(pod: Pod, now: Date): PodState {
  const { spec, status } = pod
  const inits = spec.initContainers ?? []
  const sidecars = new Set(inits.filter((init) => init.restartPolicy === 'Always').map((init) => init.name))
  const initStatuses = status.initContainerStatuses ?? []
  let word = status.reason || status.phase || 'Unknown'
  const scheduled = conditionOf(status, 'PodScheduled')
  if (scheduled?.status === 'False' && scheduled.reason === 'SchedulingGated') word = 'SchedulingGated'

  let readyContainers = 0
  let restarts = 0
  let sidecarRestarts = 0
  let initializing = false
  for (const [index, init] of initStatuses.entries()) {
    restarts += init.restartCount ?? 0
    const sidecar = sidecars.has(init.name)
    if (sidecar) sidecarRestarts += init.restartCount ?? 0
    if (sidecar && init.started && !init.state?.terminated) {
      if (init.ready) readyContainers++
      continue
    }
    const initial = initWord(init, index, inits.length)
    if (initial === undefined) continue
    word = initial
    initializing = true
    break
  }

  if (!initializing || conditionOf(status, 'Initialized')?.status === 'True') {
    restarts = sidecarRestarts
    let hasRunning = false
    for (const container of [...(status.containerStatuses ?? [])].reverse()) {
      restarts += container.restartCount ?? 0
      const current = containerWord(container)
      if (current) word = current
      else if (container.ready && container.state?.running) {
        hasRunning = true
        readyContainers++
      }
    }
    if (word === 'Completed' && hasRunning)
      word = conditionOf(status, 'Ready')?.status === 'True' ? 'Running' : 'NotReady'
  }
  const terminal = status.phase === 'Succeeded' || status.phase === 'Failed'
  if (pod.metadata.deletionTimestamp && status.reason === 'NodeLost') word = 'Unknown'
  else if (pod.metadata.deletionTimestamp && !terminal) word = 'Terminating'

  const containers = (spec.containers?.length ?? 0) + sidecars.size
  const judged = judge(pod, { word, readyContainers, containers }, now)
  return { status: word, readyContainers, containers, restarts, ...judged }
}

const settleMs = 5 * 60_000

/** Steps on the way up or down are fine for five minutes; after that they are a problem. */
function judge(
  pod: Pod,
  { word, readyContainers, containers }: { word: string; readyContainers: number; containers: number },
  now: Date,
): { tone: Tone; problem: boolean } {
  const waitedMs = (since: string | undefined) => now.getTime() - Date.parse(since ?? '')
  if (word === 'Completed' || word === 'Succeeded') return { tone: 'neutral', problem: false }
  if (word === 'Terminating') {
    const graceMs = (pod.spec.terminationGracePeriodSeconds ?? 30) * 1000
    const stuck = waitedMs(pod.metadata.deletionTimestamp) > graceMs + settleMs
    return { tone: stuck ? 'bad' : 'busy', problem: stuck }
  }
  const onItsWay = ['Pending', 'ContainerCreating', 'PodInitializing', 'Running', 'NotReady', 'SchedulingGated']
  if (word === 'Running' && readyContainers >= containers) return { tone: 'good', problem: false }
  if (onItsWay.includes(word) || /^Init:\d+\/\d+$/.test(word)) {
    const changed = conditionOf(pod.status, 'Ready')?.lastTransitionTime
    const since =
      word === 'Running' || word === 'NotReady' ? (changed ?? pod.status.startTime) : pod.metadata.creationTimestamp
    const unschedulable = conditionOf(pod.status, 'PodScheduled')?.reason === 'Unschedulable'
    const late = unschedulable || waitedMs(since) > settleMs
    return { tone: late ? 'warn' : 'busy', problem: late }
  }
  return { tone: 'bad', problem: true }
}

/** The word behind a problem: what the waiting, terminated or unschedulable state says. */
export function podReason(pod: Pod): string | undefined {
  const { status } = pod
  const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
  const waiting = statuses.find((one) => one.state?.waiting?.message)?.state?.waiting?.message
  const lastOom = statuses.some((one) => one.lastState?.terminated?.reason === 'OOMKilled')
  const last = statuses.find((one) => one.lastState?.terminated)?.lastState?.terminated
  const scheduled = conditionOf(status, 'PodScheduled')
  if (scheduled?.status === 'False' && scheduled.message) return scheduled.message
  if (lastOom) return 'last end: OOMKilled'
  if (waiting && !/back-off .* restarting failed container/.test(waiting)) return waiting
  if (last && last.exitCode !== 0) return `last end: ${last.reason ?? 'Error'}, exit code ${last.exitCode}`
  return status.message ?? conditionOf(status, 'Ready')?.message
}

/** Deployment/web, StatefulSet/db …; a ReplicaSet of a Deployment is called by the Deployment. */
export function ownerOf(pod: Pod): string | undefined {
  const owner = pod.metadata.ownerReferences?.find((one) => one.controller) ?? pod.metadata.ownerReferences?.[0]
  if (!owner) return undefined
  const hash = pod.metadata.labels?.['pod-template-hash']
  if (owner.kind === 'ReplicaSet' && hash && owner.name.endsWith(`-${hash}`))
    return `Deployment/${owner.name.slice(0, -hash.length - 1)}`
  return `${owner.kind}/${owner.name}`
}
