import { conditionOf, type Pod, podState } from '../../kubernetes/service.ts'
import { counted } from '../../table.ts'

export interface Pending {
  pods: string[]
  /** What is missing: gpu, cpu, memory … */
  lacks: string[]
  /** In our words, without the names of nodes */
  words: string
  /** More nodes of the kind there are would help: what an autoscaler can do (MOD-062) */
  autoscalerHelps: boolean
}

/** What the scheduler says of nodes, as people say it. Source: the reasons of kube-scheduler's plugins (1.36). */
const causes: [RegExp, string, (count: string) => string][] = [
  [
    /(\d+) Insufficient (?:nvidia\.com\/(?:gpu|mig-[\w.]+)|amd\.com\/gpu|gpu\.intel\.com\/\w+)/,
    'gpu',
    (n) => `${n} lack free GPUs`,
  ],
  [/(\d+) Insufficient cpu/, 'cpu', (n) => `${n} lack CPU`],
  [/(\d+) Insufficient memory/, 'memory', (n) => `${n} lack memory`],
  [/(\d+) Insufficient ephemeral-storage/, 'storage', (n) => `${n} lack disk`],
  [/(\d+) Too many pods/, 'pods', (n) => `${n} hold all the pods they may`],
  [/(\d+) node\(s\) had untolerated taint/, 'taint', (n) => `${n} are tainted and not tolerated`],
  [/(\d+) node\(s\) didn't match Pod's node affinity/, 'selector', (n) => `${n} have other labels than wanted`],
  [/(\d+) node\(s\) were unschedulable/, 'cordon', (n) => `${n} are cordoned`],
  [/(\d+) node\(s\) didn't match pod topology spread/, 'spread', (n) => `${n} would break the spread`],
  [/(\d+) node\(s\) had volume node affinity conflict/, 'volume', (n) => `${n} cannot reach its volume`],
  [
    /unbound immediate PersistentVolumeClaims|persistentvolumeclaim .{0,80} not found/,
    'volume',
    () => 'its volume claim is not bound',
  ],
]
const growable = new Set(['gpu', 'cpu', 'memory', 'storage', 'pods'])

/** Pods that no node takes, alike ones together; undefined where all have one. */
export function pendingOf(pods: readonly Pod[]): Pending | undefined {
  const waiting = pods.flatMap((pod) => {
    const scheduled = conditionOf(pod.status, 'PodScheduled')
    if (pod.spec.nodeName || pod.metadata.deletionTimestamp || scheduled?.status !== 'False') return []
    return [{ pod, message: scheduled.message ?? '', gated: scheduled.reason === 'SchedulingGated' }]
  })
  const [first] = waiting
  if (!first) return undefined
  const names = waiting.map(({ pod }) => pod.metadata.name)
  const who = `${counted(names.length, 'pod')} ${names.length === 1 ? 'waits' : 'wait'}`
  if (first.gated) {
    const gates = (first.pod.spec.schedulingGates ?? []).map(({ name }) => name).join(', ')
    return { pods: names, lacks: ['gate'], words: `${who} for ${gates || 'a scheduling gate'}`, autoscalerHelps: false }
  }
  const total = /0\/(\d+) nodes are available/.exec(first.message)?.[1]
  const found = causes.flatMap(([pattern, lack, words]) => {
    const match = pattern.exec(first.message)
    return match ? [{ lack, words: words(match[1] ?? '') }] : []
  })
  const why = found.map(({ words }) => words).join(', ')
  const lacks = [...new Set(found.map(({ lack }) => lack))]
  const autoscalerHelps = lacks.some((lack) => growable.has(lack))
  return {
    pods: names,
    lacks,
    words: `${who} for a node${total ? `: of ${total} nodes ${why || 'none fits'}` : ''}${autoscalerHelps ? '; an autoscaler could add one' : ''}`,
    autoscalerHelps,
  }
}

/** Pods in trouble or on their way first, then by name. */
export function troubledPodsFirst(pods: readonly Pod[], now: Date): { pod: Pod; state: ReturnType<typeof podState> }[] {
  const weight = { bad: 0, warn: 1, busy: 2, neutral: 3, good: 4 }
  return pods
    .map((pod) => ({ pod, state: podState(pod, now) }))
    .sort(
      (left, right) =>
        weight[left.state.tone] - weight[right.state.tone] ||
        right.state.restarts - left.state.restarts ||
        (left.pod.metadata.name < right.pod.metadata.name ? -1 : 1),
    )
}
