import type { Ailment } from './cluster.ts'
import type { Container, ContainerStatus, Pod } from './kube-types.ts'
import { containerStatus, withPodConditions } from './pod-build.ts'
import { hexOf, integerOf } from './random.ts'
import { kubeTime } from './time-text.ts'

export function statuses(pod: Pod, make: (container: Container) => Partial<ContainerStatus>): ContainerStatus[] {
  return pod.spec.containers.map((one) => containerStatus(pod, one, make(one)))
}

function unready(pod: Pod) {
  const names = pod.spec.containers.map((one) => one.name).join(' ')
  return {
    status: 'False' as const,
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${names}]`,
  }
}

/** The pod on its node, containers being made. */
export function placedPod(pod: Pod, where: { node: string; hostIP: string; podCIDR: string; atMs: number }): Pod {
  const subnet = where.podCIDR.split('.').slice(0, 3).join('.')
  const podIP = pod.spec.hostNetwork ? where.hostIP : `${subnet}.${integerOf(pod.metadata.uid, 2, 250)}`
  const bound: Pod = {
    ...pod,
    spec: { ...pod.spec, nodeName: where.node },
    status: {
      ...pod.status,
      hostIP: where.hostIP,
      hostIPs: [{ ip: where.hostIP }],
      podIP,
      podIPs: [{ ip: podIP }],
      startTime: kubeTime(where.atMs),
      containerStatuses: statuses(pod, () => ({ state: { waiting: { reason: 'ContainerCreating' } } })),
    },
  }
  const done = { status: 'True' as const }
  return withPodConditions(
    bound,
    {
      PodScheduled: done,
      Initialized: done,
      PodReadyToStartContainers: done,
      Ready: unready(pod),
      ContainersReady: unready(pod),
    },
    where.atMs,
  )
}

/** The pod with its containers running since `startedMs`; ready since `readyMs` where that is given. */
export function runningPod(pod: Pod, startedMs: number, readyMs?: number): Pod {
  const containerStatuses = statuses(pod, (one) => ({
    state: { running: { startedAt: kubeTime(startedMs) } },
    started: true,
    ready: readyMs !== undefined,
    containerID: `containerd://${hexOf(`${pod.metadata.uid}/${one.name}/${startedMs}`, 64)}`,
  }))
  const running: Pod = { ...pod, status: { ...pod.status, phase: 'Running', containerStatuses } }
  return readyMs === undefined ? running : readyPod(running, readyMs)
}

export function readyPod(pod: Pod, atMs: number): Pod {
  const containerStatuses = pod.status.containerStatuses?.map((status) => ({ ...status, ready: true }))
  const ready = { status: 'True' as const }
  return withPodConditions(
    { ...pod, status: { ...pod.status, containerStatuses } },
    { Ready: ready, ContainersReady: ready },
    atMs,
  )
}

export function backOffMessage(pod: Pod): string {
  const { name, namespace, uid } = pod.metadata
  return `Back-off restarting failed container ${pod.spec.containers[0]?.name} in pod ${name}_${namespace}(${uid})`
}

/** The pod after its containers died once more, waiting for kubelet to start them again. */
export function backedOffPod(
  pod: Pod,
  end: { ailment: Ailment; startedAt: string; endedMs: number; restarts: number },
): Pod {
  const { name, namespace, uid } = pod.metadata
  const terminated = {
    exitCode: end.ailment === 'oom' ? 137 : 1,
    reason: end.ailment === 'oom' ? 'OOMKilled' : 'Error',
    startedAt: end.startedAt,
    finishedAt: kubeTime(end.endedMs),
    containerID: `containerd://${hexOf(`${uid}/${end.startedAt}`, 64)}`,
  }
  const delay = end.restarts > 5 ? '5m0s' : `${10 * 2 ** (end.restarts - 1)}s`
  const message = `back-off ${delay} restarting failed container=${pod.spec.containers[0]?.name} pod=${name}_${namespace}(${uid})`
  const containerStatuses = statuses(pod, () => ({
    state: { waiting: { reason: 'CrashLoopBackOff', message } },
    lastState: { terminated },
    restartCount: end.restarts,
  }))
  return withPodConditions(
    { ...pod, status: { ...pod.status, phase: 'Running', containerStatuses } },
    { Ready: unready(pod), ContainersReady: unready(pod) },
    end.endedMs,
  )
}
