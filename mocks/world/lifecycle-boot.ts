import type { Ailment, Cluster } from './cluster.ts'
import type { Container, Pod } from './kube-types.ts'
import { imageIsMissing, withPodConditions } from './pod-build.ts'
import { backedOffPod, backOffMessage, runningPod } from './pod-status.ts'
import { integerOf } from './random.ts'
import { kubeTime } from './time-text.ts'

export const BACK_OFF_LIMIT_MS = 300_000

/** What the boot of a pod needs of its life afterwards. */
export interface Hands {
  cluster: Cluster
  change(pod: Pod, edit: (pod: Pod) => Pod): Pod | undefined
  current(pod: Pod): Pod | undefined
  place(pod: Pod, node: string, atMs: number): Pod
  failPull(pod: Pod, missing: Container, attempt: number): void
  start(pod: Pod): void
  retry(pod: Pod, delayMs: number): void
}

/** A pod of the world's first moment: placed at once, up since it was made, or ill for as long. */
export function bootPod(hands: Hands, pod: Pod): void {
  const { cluster, change } = hands
  const createdMs = Date.parse(pod.metadata.creationTimestamp)
  const fit = cluster.placement.find(pod, cluster.nodes())
  if ('message' in fit) {
    change(pod, (now) =>
      withPodConditions(
        now,
        { PodScheduled: { status: 'False', reason: 'Unschedulable', message: fit.message } },
        createdMs,
      ),
    )
    cluster.events.backfill(
      {
        about: pod,
        type: 'Warning',
        reason: 'FailedScheduling',
        message: fit.message,
        component: 'default-scheduler',
      },
      {
        firstMs: createdMs,
        lastMs: cluster.bootMs - 20_000,
        count: Math.ceil((cluster.bootMs - createdMs) / 300_000),
      },
    )
    hands.retry(pod, 60_000)
    return
  }
  const placed = change(pod, (now) => hands.place(now, fit.node, createdMs + 1000))
  if (!placed) return
  const missing = placed.spec.containers.find((one) => imageIsMissing(one.image))
  const ailment = cluster.ailmentOf(placed)
  if (missing) hands.failPull(placed, missing, 5)
  else if (ailment) bootAiling(hands, placed, { ailment, createdMs })
  else change(placed, (now) => runningPod(now, createdMs + 9000, createdMs + 20_000))
}

function bootAiling(hands: Hands, pod: Pod, { ailment, createdMs }: { ailment: Ailment; createdMs: number }): void {
  const { cluster, change } = hands
  const cycleMs = BACK_OFF_LIMIT_MS + 40_000
  const restarts = Math.max(6, Math.floor((cluster.bootMs - createdMs) / cycleMs))
  const endedMs = cluster.bootMs - integerOf(`${pod.metadata.uid}/end`, 5, 250) * 1000
  const failed = change(pod, (now) =>
    backedOffPod(now, { ailment, startedAt: kubeTime(endedMs - 40_000), endedMs, restarts }),
  )
  if (!failed) return
  cluster.events.backfill(
    {
      about: failed,
      type: 'Warning',
      reason: 'BackOff',
      message: backOffMessage(failed),
      component: 'kubelet',
      host: failed.spec.nodeName ?? '',
    },
    { firstMs: createdMs, lastMs: endedMs, count: restarts * 3 },
  )
  cluster.timeline.at(endedMs + BACK_OFF_LIMIT_MS, () => {
    const now = hands.current(failed)
    if (now && !now.metadata.deletionTimestamp) hands.start(now)
  })
}
