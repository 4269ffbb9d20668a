import type { Ailment, Cluster } from './cluster.ts'
import type { Container, Pod } from './kube-types.ts'
import { BACK_OFF_LIMIT_MS, bootPod, type Hands } from './lifecycle-boot.ts'
import { requestOf } from './placement.ts'
import { imageIsMissing, withPodConditions } from './pod-build.ts'
import { backedOffPod, backOffMessage, placedPod, readyPod, runningPod, statuses } from './pod-status.ts'
import { pullFailure } from './pull-failure.ts'
import { integerOf } from './random.ts'
import { kubeTime } from './time-text.ts'

/** What kubelet and scheduler do to pods: place, pull, start, crash, back off, end. */
export interface Lifecycle {
  admit(pod: Pod): void
  /** Ends a pod: Terminating for a short while, then gone. */
  terminate(pod: Pod, graceMs?: number): void
  /** Makes the containers of a running pod fail now, in the way the pod's ailment says. */
  strike(pod: Pod): void
  /** Ends the waiting of a pod in back-off: its containers start again. */
  revive(pod: Pod): void
}

const RETRY_SCHEDULING_MS = 60_000

export function createLifecycle(cluster: Cluster): Lifecycle {
  const { store, timeline, placement, events } = cluster
  /** Pods that found no node, each with the way to call off its next try. */
  const waiting = new Map<string, () => void>()

  const keyOf = (pod: Pod) => ({ namespace: pod.metadata.namespace ?? 'default', name: pod.metadata.name })
  const container = (pod: Pod) => pod.spec.containers[0] as Container
  const kubelet = (pod: Pod) => ({ component: 'kubelet', host: pod.spec.nodeName ?? '' })

  function current(pod: Pod): Pod | undefined {
    const found = cluster.pod(keyOf(pod).namespace, pod.metadata.name)
    return found && found.metadata.uid === pod.metadata.uid ? found : undefined
  }

  function change(pod: Pod, edit: (pod: Pod) => Pod): Pod | undefined {
    return current(pod) && store.edit<Pod>('pods', keyOf(pod), edit)
  }

  function later(pod: Pod, delayMs: number, run: (pod: Pod) => void) {
    timeline.after(delayMs, () => {
      const found = current(pod)
      if (found && !found.metadata.deletionTimestamp) run(found)
    })
  }

  function schedule(pod: Pod) {
    const hindered = cluster.hindranceOf(pod) === 'unschedulable'
    const count = cluster.nodes().length
    const fit = hindered
      ? { message: `0/${count} nodes are available: ${count} Insufficient nvidia.com/gpu.` }
      : placement.find(pod, cluster.nodes())
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`
    if ('message' in fit) {
      const known = pod.status.conditions.find((condition) => condition.type === 'PodScheduled')
      if (known?.message !== fit.message) {
        change(pod, (now) =>
          withPodConditions(
            now,
            { PodScheduled: { status: 'False', reason: 'Unschedulable', message: fit.message } },
            timeline.now(),
          ),
        )
      }
      events.record({
        about: pod,
        type: 'Warning',
        reason: 'FailedScheduling',
        message: fit.message,
        component: 'default-scheduler',
      })
      retry(pod, RETRY_SCHEDULING_MS)
      return
    }
    giveUp(key)
    const placed = change(pod, (now) => place(now, fit.node, timeline.now()))
    if (!placed) return
    events.record({
      about: placed,
      type: 'Normal',
      reason: 'Scheduled',
      message: `Successfully assigned ${key} to ${fit.node}`,
      component: 'default-scheduler',
    })
    later(placed, integerOf(`${key}/pull`, 4000, 6500), (now) => pull(now))
  }

  function place(pod: Pod, node: string, atMs: number): Pod {
    placement.bind(pod, node, atMs)
    const plan = cluster.plans.find((candidate) => candidate.name === node)
    return placedPod(pod, {
      node,
      hostIP: plan?.ip ?? '',
      podCIDR: String(plan?.draft.spec && (plan.draft.spec as { podCIDR: string }).podCIDR),
      atMs,
    })
  }

  const missingOf = (pod: Pod) =>
    cluster.hindranceOf(pod) === 'image-pull'
      ? container(pod)
      : pod.spec.containers.find((one) => imageIsMissing(one.image))

  function pull(pod: Pod, attempt = 0): void {
    const missing = missingOf(pod)
    if (missing) {
      failPull(pod, missing, attempt)
      return
    }
    const { image } = container(pod)
    events.record({
      about: pod,
      type: 'Normal',
      reason: 'Pulled',
      message: `Container image "${image}" already present on machine`,
      ...kubelet(pod),
    })
    start(pod)
  }

  function failPull(pod: Pod, missing: Container, attempt: number) {
    const { reason, text, told } = pullFailure(missing.image, attempt)
    change(pod, (now) => ({
      ...now,
      status: {
        ...now.status,
        containerStatuses: statuses(now, () => ({ state: { waiting: { reason, message: text } } })),
      },
    }))
    for (const event of told) events.record({ about: pod, ...event, ...kubelet(pod) })
    later(pod, Math.min(10_000 * 2 ** attempt, BACK_OFF_LIMIT_MS), (now) => pull(now, attempt + 1))
  }

  function start(pod: Pod) {
    const atMs = timeline.now()
    if (pod.status.containerStatuses?.[0]?.state.running) return
    const started = change(pod, (now) => runningPod(now, atMs))
    if (!started) return
    events.record({
      about: started,
      type: 'Normal',
      reason: 'Created',
      message: `Created container: ${container(pod).name}`,
      ...kubelet(pod),
    })
    events.record({
      about: started,
      type: 'Normal',
      reason: 'Started',
      message: `Started container ${container(pod).name}`,
      ...kubelet(pod),
    })
    const ailment = cluster.ailmentOf(started)
    if (ailment) return later(started, ailment === 'oom' ? 40_000 : 6_000, fail)
    later(started, requestOf(started.spec).gpus > 0 ? 12_000 : 3_000, markReady)
    if (started.metadata.ownerReferences?.[0]?.kind === 'Job') {
      later(started, integerOf(started.metadata.uid, 60, 150) * 1000, succeed)
    }
  }

  function markReady(pod: Pod) {
    if (pod.status.phase !== 'Running' || !pod.status.containerStatuses?.[0]?.state.running) return
    change(pod, (now) => readyPod(now, timeline.now()))
  }

  function fail(pod: Pod) {
    const ailment: Ailment = cluster.ailmentOf(pod) ?? 'crash'
    const running = pod.status.containerStatuses?.[0]?.state.running
    if (!running) return
    const restarts = (pod.status.containerStatuses?.[0]?.restartCount ?? 0) + 1
    const failed = change(pod, (now) =>
      backedOffPod(now, { ailment, startedAt: String(running.startedAt), endedMs: timeline.now(), restarts }),
    )
    if (!failed) return
    if (ailment === 'oom') {
      const node = store.get('nodes', undefined, pod.spec.nodeName ?? '')
      if (node) {
        const message = `Memory cgroup out of memory: Killed process ${integerOf(pod.metadata.uid, 2000, 60000)} (python3)`
        events.record({
          about: node,
          type: 'Warning',
          reason: 'OOMKilling',
          message,
          component: 'kernel-monitor',
          host: node.metadata.name,
        })
      }
    }
    events.record({
      about: failed,
      type: 'Warning',
      reason: 'BackOff',
      message: backOffMessage(failed),
      ...kubelet(failed),
    })
    later(failed, Math.min(10_000 * 2 ** Math.min(restarts - 1, 5), BACK_OFF_LIMIT_MS), start)
  }

  function succeed(pod: Pod) {
    const atMs = timeline.now()
    placement.release(keyOf(pod).namespace, pod.metadata.name, atMs)
    change(pod, (now) => {
      const done = { exitCode: 0, reason: 'Completed', startedAt: now.status.startTime, finishedAt: kubeTime(atMs) }
      const notReady = { status: 'False' as const, reason: 'PodCompleted' }
      const containerStatuses = statuses(now, () => ({ state: { terminated: done } }))
      const ended: Pod = { ...now, status: { ...now.status, phase: 'Succeeded', containerStatuses } }
      return withPodConditions(ended, { Ready: notReady, ContainersReady: notReady }, atMs)
    })
    wakeWaiting()
  }

  /** One try at a time: asking again moves it. */
  function retry(pod: Pod, delayMs: number) {
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`
    giveUp(key)
    const cancel = timeline.after(delayMs, () => {
      const now = current(pod)
      if (now && !now.metadata.deletionTimestamp) schedule(now)
      else giveUp(key)
    })
    waiting.set(key, cancel)
  }

  function giveUp(key: string) {
    waiting.get(key)?.()
    waiting.delete(key)
  }

  function wakeWaiting() {
    for (const key of [...waiting.keys()]) {
      const [namespace = '', name = ''] = key.split('/')
      const pod = cluster.pod(namespace, name)
      if (pod) retry(pod, 1000)
      else giveUp(key)
    }
  }

  const hands: Hands = { cluster, change, current, place, failPull, start, retry }

  return {
    admit(pod) {
      if (cluster.booting) bootPod(hands, pod)
      else later(pod, 500, schedule)
    },
    terminate(pod, graceMs = 2000) {
      const found = current(pod)
      if (!found || found.metadata.deletionTimestamp) return
      const { namespace, name } = keyOf(found)
      const end = () => {
        const last = current(found)
        if (!last) return
        giveUp(`${namespace}/${name}`)
        placement.release(namespace, name, timeline.now())
        store.remove('pods', namespace, name)
        wakeWaiting()
      }
      if (graceMs === 0 || !found.spec.nodeName) return end()
      change(found, (now) => ({
        ...now,
        metadata: {
          ...now.metadata,
          deletionTimestamp: kubeTime(timeline.now() + 30_000),
          deletionGracePeriodSeconds: 30,
        } as Pod['metadata'],
      }))
      events.record({
        about: found,
        type: 'Normal',
        reason: 'Killing',
        message: `Stopping container ${container(found).name}`,
        ...kubelet(found),
      })
      timeline.after(graceMs, end)
    },
    strike(pod) {
      const found = current(pod)
      if (found) fail(found)
    },
    revive(pod) {
      const found = current(pod)
      if (found?.status.containerStatuses?.some((status) => status.state.waiting?.reason === 'CrashLoopBackOff'))
        start(found)
    },
  }
}
