import { type Check, event, type Hit } from '../check.ts'
import { type PodFacts, sinceMs } from '../facts.ts'

const podSays =
  (fits: (facts: PodFacts) => RegExpExecArray | boolean | null | undefined) =>
  (facts: PodFacts): Hit | undefined => {
    const match = fits(facts)
    if (!match) return undefined
    const { reason, message } = facts.pod.status
    return {
      evidence: [{ source: `pod status ${reason ?? ''}`.trim(), text: message ?? reason ?? '' }],
      values: { reason, ...(typeof match === 'object' ? match.groups : {}) },
    }
  }
const evicted = (pattern: RegExp) =>
  podSays(({ pod }) => pod.status.reason === 'Evicted' && pattern.exec(pod.status.message ?? ''))

/** What happened to the pod as a whole. */
export const podChecks: Check[] = [
  {
    id: 'evicted-memory',
    severity: 'critical',
    title: 'Evicted: the node ran short of memory',
    cause: 'The kubelet removed the pod that used most over its request.',
    remedy: 'Request the memory the pod really uses, or spread the load.',
    look: evicted(/memory/i),
  },
  {
    id: 'evicted-storage',
    severity: 'critical',
    title: 'Evicted: the disk of the node filled up, or the pod wrote too much',
    cause: 'Local storage (logs, emptyDir, the writable layer) went over its limit or the node ran short.',
    remedy: 'Limit ephemeral-storage, write to a volume, clean up on the node.',
    look: evicted(/ephemeral|storage|disk|imagefs|nodefs|inodes|emptyDir/i),
  },
  {
    id: 'evicted',
    severity: 'critical',
    title: 'The pod was evicted',
    cause: 'See the message of the kubelet.',
    remedy: 'Look at the conditions and events of the node at that time.',
    fallback: true,
    look: podSays(({ pod }) => pod.status.reason === 'Evicted'),
  },
  {
    id: 'preempted',
    severity: 'warning',
    title: 'The pod made room for a more important one',
    cause: 'A pod with a higher priority class needed its place.',
    remedy: 'Raise its priority class, or add capacity.',
    look: (facts) => {
      if (facts.fine) return undefined
      const target = facts.pod.status.conditions?.find(
        (one) => one.type === 'DisruptionTarget' && one.status === 'True' && one.reason === 'PreemptionByScheduler',
      )
      const said = facts.events.find((one) => one.reason === 'Preempted')
      const text = target?.message ?? said?.message
      return text === undefined ? undefined : { evidence: [{ source: 'preemption', text }] }
    },
  },
  {
    id: 'kubelet-rejected',
    severity: 'critical',
    title: 'The node refused the pod: {reason}',
    cause: 'Between scheduling and starting the node had less to give, or no longer fitted.',
    remedy: 'Delete the pod so that its owner makes a new one; look for pods that take resources past the scheduler.',
    look: podSays(({ pod }) =>
      /^(OutOf\w+|NodeAffinity|NodeShutdown|Terminated|NodePorts|TopologyAffinityError)$/.exec(pod.status.reason ?? ''),
    ),
  },
  {
    id: 'device-allocation-failed',
    severity: 'critical',
    title: 'The node could not hand out the device',
    cause: 'The device plugin has no healthy device left, though the scheduler counted one.',
    remedy: 'Check the GPUs of the node with get_gpu_nodes and its device plugin; cordon the node meanwhile.',
    look: podSays(({ pod }) => pod.status.reason === 'UnexpectedAdmissionError'),
  },
  {
    id: 'deadline-exceeded',
    severity: 'warning',
    title: 'The pod ran longer than it may',
    cause: 'activeDeadlineSeconds has passed.',
    remedy: 'Raise the deadline, or find out why the work takes longer.',
    look: podSays(({ pod }) => pod.status.reason === 'DeadlineExceeded'),
  },
  {
    id: 'node-lost',
    severity: 'critical',
    title: 'The node of the pod stopped answering',
    cause: 'The control plane lost the node; nobody knows whether the pod still runs there.',
    remedy: 'Bring the node back, or remove it so that the pod is replaced.',
    look: podSays(({ pod }) => pod.status.reason === 'NodeLost'),
  },
  {
    id: 'stuck-terminating',
    severity: 'warning',
    title: 'The pod has been ending for {minutes} minutes',
    cause:
      'A finalizer waits, the kubelet of its node is gone, or a process does not end (often one stuck in a GPU call).',
    remedy: 'Look at metadata.finalizers and at the node; delete by force only when the node is known to be off.',
    look: ({ pod, now }) => {
      const since = pod.metadata.deletionTimestamp
      const overMs = sinceMs(since, now) - (pod.spec.terminationGracePeriodSeconds ?? 30) * 1000
      if (!since || overMs < 60_000) return undefined
      const finalizers = (pod.metadata as { finalizers?: string[] }).finalizers
      return {
        evidence: [
          {
            source: 'deletion',
            text: finalizers?.length ? `finalizers: ${finalizers.join(', ')}` : 'no finalizers',
            at: since,
          },
        ],
        values: { minutes: String(Math.floor(sinceMs(since, now) / 60_000)) },
      }
    },
  },
  {
    id: 'readiness-gate',
    severity: 'warning',
    title: 'The pod waits for {gate}',
    cause: 'A readiness gate of another controller, such as a load balancer, is not open.',
    remedy: 'Look at that controller and its events.',
    look: ({ pod, fine }) => {
      const gates = (pod.spec as { readinessGates?: { conditionType: string }[] }).readinessGates ?? []
      const closed = gates.find(
        ({ conditionType }) => pod.status.conditions?.find((one) => one.type === conditionType)?.status !== 'True',
      )
      if (!closed || fine || pod.status.phase !== 'Running') return undefined
      return {
        evidence: [{ source: 'readiness gate', text: `${closed.conditionType} is not True` }],
        values: { gate: closed.conditionType },
      }
    },
  },
]

const probe = (kind: string, more: string) => new RegExp(`^${kind} probe (failed|errored).*${more}`, 'is')
const unhealthy = ['Unhealthy', 'ProbeError']

/** Probes, and what their failing says. */
export const probeChecks: Check[] = [
  {
    id: 'probe-port-mismatch',
    severity: 'critical',
    title: 'The {kind} probe of {container} asks port {port}, which the container does not name',
    cause: 'The ports of the container are {ports}; the probe most likely has the wrong one.',
    remedy: 'Point the probe at the port the program listens on.',
    look: ({ pod, events, fine }) => {
      if (fine || !events.some((one) => unhealthy.includes(one.reason))) return undefined
      for (const container of pod.spec.containers ?? [])
        for (const kind of ['liveness', 'readiness', 'startup'] as const) {
          const own = container[`${kind}Probe`]
          const port = own?.httpGet?.port ?? own?.tcpSocket?.port ?? own?.grpc?.port
          const ports = container.ports ?? []
          if (port === undefined || ports.length === 0) continue
          if (ports.some((one) => one.containerPort === Number(port) || one.name === port)) continue
          const names = ports.map((one) => one.containerPort).join(', ')
          return {
            evidence: [
              { source: `${kind} probe of ${container.name}`, text: `port ${port}; container ports ${names}` },
            ],
            values: { kind, container: container.name, port: String(port), ports: names },
          }
        }
    },
  },
  event(unhealthy, probe('liveness', ''), {
    id: 'liveness-failing',
    title: 'The liveness probe fails, so the container is killed',
    cause: 'The program hangs, or needs longer to answer or to start than the probe allows.',
    remedy: 'Add a startup probe or raise timeout and threshold; if it hangs, read its log at that time.',
  }),
  event(unhealthy, probe('startup', ''), {
    id: 'startup-failing',
    title: 'The program does not come up in the time its startup probe gives',
    cause: 'Large models load for minutes: weights, graphs and caches.',
    remedy: 'Raise failureThreshold × periodSeconds over the longest load seen; read the log for progress.',
  }),
  event(unhealthy, probe('readiness', 'connection refused'), {
    id: 'readiness-refused',
    title: 'Nothing listens where the readiness probe asks',
    cause: 'The program is still starting, listens on another port, or only on loopback.',
    remedy: 'Compare the port of the probe with the log; listen on 0.0.0.0.',
  }),
  event(unhealthy, probe('readiness', 'statuscode: (?<code>\\d+)'), {
    id: 'readiness-status',
    title: 'The readiness probe gets HTTP {code}',
    cause: 'The program answers and says it is not ready: often something it depends on is missing.',
    remedy: 'Ask the path by hand and read the log; 404 means the path is wrong.',
  }),
  event(unhealthy, probe('readiness', '(timeout|deadline exceeded)'), {
    id: 'readiness-timeout',
    title: 'The readiness probe gets no answer in time',
    cause: 'The program is overloaded or blocked, or the timeout is too short.',
    remedy: 'Look at its CPU throttling and queue; raise timeoutSeconds.',
  }),
  event(unhealthy, probe('readiness', ''), {
    id: 'readiness-failing',
    title: 'The readiness probe fails',
    cause: 'The program does not say that it is ready.',
    remedy: 'Run the probe by hand and read the log.',
    fallback: true,
  }),
]
