import { podState } from './pod-status.ts'
import { type ContainerStatus, conditionOf, type Pod } from './shapes.ts'

/** Why one pod is not as it should be. */
export interface PodTrouble {
  /** One word for it, the same for all pods that suffer alike: kubectl's words, with those that alternate folded into one */
  cause: string
  tone: 'bad' | 'warn'
  /** ISO 8601 */
  since?: string
  /** Figures, in our words */
  detail?: string
  /** What the scheduler, the kubelet or the runtime said; text from outside */
  message?: string
  restarts: number
}

const minuteMs = 60_000
/** A container that keeps dying and runs at the moment is still in trouble this long after its last end. */
const flappingMs = 10 * minuteMs
/** A container killed for memory tells of it this long. */
const oomMs = 60 * minuteMs

interface Named extends ContainerStatus {
  init: boolean
}

const statusesOf = ({ status }: Pod): Named[] => [
  ...(status.initContainerStatuses ?? []).map((one) => ({ ...one, init: true })),
  ...(status.containerStatuses ?? []).map((one) => ({ ...one, init: false })),
]

const endOf = (one: ContainerStatus) => one.state?.terminated ?? one.lastState?.terminated
const endedWithin = (one: ContainerStatus, now: Date, withinMs: number) => {
  const at = Date.parse(endOf(one)?.finishedAt ?? '')
  return now.getTime() - at <= withinMs
}

/** What is wrong with the pod; undefined where nothing is, or where it is on its way up or down for less than five minutes. */
export function podTrouble(pod: Pod, now: Date): PodTrouble | undefined {
  const { status: word, problem, tone, restarts } = podState(pod, now)
  if (tone === 'neutral') return undefined
  const trouble = problem ? standing(pod, word) : passing(pod, { ready: tone === 'good', word, now })
  if (!trouble) return undefined
  const since = trouble.since ?? sinceOf(pod)
  return { tone: tone === 'bad' ? 'bad' : 'warn', ...trouble, ...(since && { since }), restarts }
}

type Found = Pick<PodTrouble, 'cause'> & Partial<PodTrouble>

/** Between two crashes a pod looks well, or on its way. */
function passing(pod: Pod, { ready, word, now }: { ready: boolean; word: string; now: Date }): Found | undefined {
  if (word === 'Terminating') return undefined
  const all = statusesOf(pod)
  const oom = all.find((one) => endOf(one)?.reason === 'OOMKilled' && endedWithin(one, now, oomMs))
  if (oom) return { cause: 'OOMKilled', detail: `${memoryWords(pod, oom)}, runs again`, ...endedAt(oom) }
  const restarted = all.find(
    (one) => (one.restartCount ?? 0) >= (ready ? 3 : 2) && endOf(one)?.exitCode && endedWithin(one, now, flappingMs),
  )
  if (!restarted) return undefined
  const detail = `${exitWords(pod, restarted)}, runs at the moment`
  return ready ? { cause: 'Restarting', detail, ...endedAt(restarted) } : { cause: 'CrashLoopBackOff', detail }
}

function standing(pod: Pod, word: string): Found {
  const { status, spec, metadata } = pod
  if (word === 'Terminating') {
    const finalizers = (metadata as { finalizers?: string[] }).finalizers ?? []
    const detail = finalizers.length > 0 ? `finalizers: ${finalizers.join(', ')}` : `on node ${spec.nodeName ?? 'none'}`
    return { cause: 'Terminating', detail, ...(metadata.deletionTimestamp && { since: metadata.deletionTimestamp }) }
  }
  if (status.phase === 'Failed' && status.reason) {
    const { message } = status
    return { cause: status.reason, ...(message && { message }), ...failedAt(pod) }
  }
  const all = statusesOf(pod)
  const oom = all.find((one) => !one.ready && endOf(one)?.reason === 'OOMKilled')
  if (oom) return { cause: 'OOMKilled', detail: memoryWords(pod, oom) }
  return byWord(pod, word, all)
}

const crashed = /^(CrashLoopBackOff|Error|ExitCode:\d+|Signal:\d+|Completed)$/
const unpulled = /^(ErrImagePull|ImagePullBackOff)$/

function byWord(pod: Pod, word: string, all: readonly Named[]): Found {
  const init = word.startsWith('Init:') ? 'Init:' : ''
  const bare = word.slice(init.length)
  const waiting = all.find((one) => one.state?.waiting?.reason === bare)
  const said = waiting?.state?.waiting?.message
  if (unpulled.test(bare)) return { cause: `${init}ImagePullBackOff`, message: pullWords(waiting?.image, said) }
  if (crashed.test(bare)) {
    const over = pod.status.phase === 'Failed'
    const ended = all.find((one) => one.init === (init !== '') && endOf(one) && !one.ready)
    const detail = ended && exitWords(pod, ended)
    const message = ended && endOf(ended)?.message
    return {
      cause: over ? `${init}Error` : `${init}CrashLoopBackOff`,
      ...(detail && { detail }),
      ...(message && { message }),
      ...(over && failedAt(pod)),
    }
  }
  if (/^\d+\/\d+$/.test(bare)) {
    const running = all.find((one) => one.init && one.state?.running)
    return { cause: 'Init:Waiting', detail: `init container ${running?.name ?? bare} does not end` }
  }
  const scheduled = conditionOf(pod.status, 'PodScheduled')
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    const since = scheduled.lastTransitionTime
    return { cause: 'Unschedulable', message: schedulerWords(scheduled.message), ...(since && { since }) }
  }
  if (bare === 'SchedulingGated') {
    const gates = (pod.spec.schedulingGates ?? []).map(({ name }) => name)
    return { cause: bare, detail: `held by ${gates.join(', ')}` }
  }
  if (bare === 'Running' || bare === 'NotReady') {
    const unready = all.filter((one) => !one.init && !one.ready).map(({ name }) => name)
    return { cause: 'NotReady', detail: `${unready.join(', ') || 'a readiness gate'} not ready` }
  }
  return { cause: bare === 'PodInitializing' ? 'ContainerCreating' : `${init}${bare}`, ...(said && { message: said }) }
}

const sinceOf = ({ status, metadata }: Pod): string | undefined => {
  const ready = conditionOf(status, 'Ready')
  return (ready?.status === 'True' ? undefined : ready?.lastTransitionTime) ?? metadata.creationTimestamp
}

function failedAt(pod: Pod): { since?: string } {
  const ends = statusesOf(pod).flatMap((one) => one.state?.terminated?.finishedAt ?? [])
  const since = conditionOf(pod.status, 'DisruptionTarget')?.lastTransitionTime ?? ends.sort().at(-1)
  return since ? { since } : {}
}

function endedAt(one: ContainerStatus): { since?: string } {
  const since = endOf(one)?.finishedAt
  return since ? { since } : {}
}

/** Which container, where there are several. */
const nameIn = (pod: Pod, { name }: ContainerStatus) => (statusesOf(pod).length > 1 ? `${name} ` : '')

const counted = (restarts: number | undefined) => (restarts ? `, ${restarts} restart${restarts === 1 ? '' : 's'}` : '')

function exitWords(pod: Pod, one: ContainerStatus): string {
  const end = endOf(one)
  const how = end?.signal ? `signal ${end.signal}` : `exit ${end?.exitCode ?? '?'}`
  return `${nameIn(pod, one)}${how}${counted(one.restartCount)}`
}

function memoryWords(pod: Pod, one: ContainerStatus): string {
  const { spec } = pod
  const container = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].find(({ name }) => name === one.name)
  const limit = container?.resources?.limits?.memory
  return `${nameIn(pod, one)}${limit ? `limit ${limit}` : 'without a memory limit'}${counted(one.restartCount)}`
}

/** What registries and runtimes say, without the reference that they repeat three times before it. */
const pullFailures =
  /not found|manifest unknown|unauthorized|authentication required|access denied|forbidden|toomanyrequests|x509[^:"]{0,80}|i\/o timeout|no such host|connection refused|deadline exceeded|no space left on device|no match(?:ing manifest)? for [^:"]{0,60}/i

/** In few words where the failure is a known one. Other text stays whole: a part of it alone might hide what must be masked. */
function pullWords(image: string | undefined, message: string | undefined): string {
  const short = image?.split('/').at(-1) || 'its image'
  const known = pullFailures.exec(message ?? '')?.[0]
  return known ? `${short}: ${known}` : (message ?? `${short}: cannot be pulled`)
}

/** `0/5 nodes are available: 3 Insufficient cpu, 2 node(s) had untolerated taint {…}. preemption: …` → what each node lacks. */
const schedulerWords = (message = 'no node takes it') =>
  message
    .replace(/\.? ?preemption: .*$/s, '')
    .replace(/^0\/\d+ nodes are available: /, '')
    .replaceAll(' node(s) ', ' ')
    .replace(/\.$/, '')
