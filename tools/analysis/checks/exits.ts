import { type Check, ended, waiting } from '../check.ts'
import { ends, statuses } from '../facts.ts'

/** How containers ended. */
export const exitChecks: Check[] = [
  ended((end) => end.reason === 'OOMKilled', {
    id: 'oom-killed',
    title: '{container} was killed for using too much memory',
    cause: 'It went over its memory limit ({memory}), or the node ran out of memory.',
    remedy: 'Raise its memory limit, or make it use less: smaller batches or caches, or find the leak.',
    ask: 'How did the memory of {container} grow before it was killed?',
  }),
  {
    id: 'oom-killed-before',
    severity: 'warning',
    title: '{container} runs again after it was killed for memory',
    cause: 'It went over its memory limit before its latest start; it will again if nothing changed.',
    remedy: 'Compare its memory use with its limit before it happens again.',
    look: (facts) => {
      const found = ends(facts).find(({ end, over }) => over && end.reason === 'OOMKilled')
      if (!found) return undefined
      const { end, status } = found
      return {
        evidence: [
          {
            source: `container ${status.name}`,
            text: `last end OOMKilled, ${status.restartCount ?? 0} restarts`,
            ...(end.finishedAt && { at: end.finishedAt }),
          },
        ],
        values: { container: status.name },
      }
    },
  },
  ended((end) => end.exitCode === 137 && end.reason !== 'OOMKilled', {
    id: 'exit-137-killed',
    title: '{container} was killed from outside (SIGKILL)',
    cause: 'A failed liveness probe, an eviction, the end of its grace period, or the kernel of a node without memory.',
    remedy: 'Look at the events for Killing, Unhealthy or Evicted, and at the memory of the node.',
  }),
  ended((end) => end.exitCode === 139 || end.signal === 11, {
    id: 'exit-139-segfault',
    title: '{container} crashed with a memory fault (SIGSEGV)',
    cause: 'A fault in native code: a library that does not fit the driver, the CUDA version or the processor.',
    remedy: 'Compare image, driver and CUDA versions; try the version before.',
  }),
  ended((end) => end.exitCode === 135 || end.signal === 7, {
    id: 'exit-135-bus-error',
    title: '{container} crashed with a bus error (SIGBUS)',
    cause: 'Mostly /dev/shm is full: it has 64 MiB unless the pod mounts an emptyDir in memory there.',
    remedy: 'Mount an emptyDir with medium Memory on /dev/shm.',
  }),
  ended((end) => end.exitCode === 134 || end.signal === 6, {
    id: 'exit-134-aborted',
    title: '{container} aborted itself (SIGABRT)',
    cause: 'The program met a state it refuses: a failed assertion, or a runtime such as NCCL that gave up.',
    remedy: 'Read the last lines of its previous log.',
  }),
  ended((end) => end.exitCode === 143 || end.signal === 15, {
    id: 'exit-143-terminated',
    severity: 'warning',
    title: '{container} was asked to end (SIGTERM)',
    cause: 'A rollout, a drain, a scale-down or a failed liveness probe; the program followed.',
    remedy: 'Look at the events for who stopped it.',
  }),
  ended((end) => end.exitCode === 126, {
    id: 'exit-126-not-executable',
    title: 'The command of {container} may not be executed',
    cause: 'Exit code 126: the file is there without the right to run it, or for another processor.',
    remedy: 'Check its executable bit and the architecture of the image.',
  }),
  ended((end) => end.exitCode === 127, {
    id: 'exit-127-command-missing',
    title: 'The command of {container} does not exist',
    cause: 'Exit code 127: the shell found no such program; often a slip of the pen.',
    remedy: 'Correct command and args, or the image.',
  }),
  ended((end) => end.reason === 'ContainerCannotRun' || end.exitCode === 128, {
    id: 'container-cannot-run',
    title: '{container} could not be started by the runtime',
    cause: 'The runtime refused it: a mount, a device or the command.',
    remedy: 'Read the message; nvidia-container-cli in it points at the GPU driver of the node.',
  }),
  {
    ...ended((end) => end.exitCode === 0, {
      id: 'ends-by-itself',
      title: '{container} ends without an error and is started again',
      cause: 'The program finishes, and the pod is of a kind that must keep running.',
      remedy: 'Keep the program in the foreground, or run it as a Job.',
    }),
    look: (facts) => {
      const found = ends(facts).find(
        ({ status, end }) => !status.init && end.exitCode === 0 && status.state?.waiting?.reason === 'CrashLoopBackOff',
      )
      if (!found) return undefined
      const { status, end } = found
      return {
        evidence: [
          {
            source: `container ${status.name}`,
            text: `exit code 0, ${status.restartCount ?? 0} restarts`,
            ...(end.finishedAt && { at: end.finishedAt }),
          },
        ],
        values: { container: status.name },
      }
    },
  },
  ended((end) => end.exitCode === 2, {
    id: 'exit-2-usage',
    title: '{container} refused its arguments',
    cause: 'Exit code 2 is what most programs give for arguments or options they do not know.',
    remedy: 'Compare args with what this version of the image takes.',
    fallback: true,
  }),
  ended((end) => end.exitCode !== 0, {
    id: 'exit-with-error',
    title: '{container} ended with exit code {code}',
    cause: 'The program reported an error of its own.',
    remedy: 'Read its previous log: get_pod_logs with previous true.',
    ask: 'What did {container} print before it ended?',
    fallback: true,
  }),
  waiting(['CrashLoopBackOff'], undefined, {
    id: 'crash-loop',
    title: '{container} is started again and again',
    cause: 'It ends soon after each start; the pause between starts grows to five minutes.',
    remedy: 'Read its previous log: get_pod_logs with previous true.',
    fallback: true,
  }),
  {
    id: 'many-restarts',
    severity: 'warning',
    title: '{container} was restarted {count} times',
    cause: 'It runs now, and did not stay up within the last hour.',
    remedy: 'Read its previous log, and watch whether it stays up.',
    fallback: true,
    look: (facts) => {
      if (facts.fine) return undefined
      const found = statuses(facts).find((status) => status.state?.running && (status.restartCount ?? 0) >= 3)
      if (!found) return undefined
      return {
        evidence: [{ source: `container ${found.name}`, text: `${found.restartCount} restarts` }],
        values: { container: found.name, count: String(found.restartCount) },
      }
    },
  },
]

const longMs = 10 * 60_000

/** Init containers hold everything behind them back. */
export const initChecks: Check[] = [
  {
    id: 'init-container-failing',
    severity: 'critical',
    title: 'Init container {container} fails',
    cause: 'Nothing of the pod starts before it has succeeded.',
    remedy: 'Read its log: get_pod_logs with this container.',
    look: (facts) => {
      const found = statuses(facts).find((status) => {
        const end = status.state?.terminated ?? status.lastState?.terminated
        return status.init && !status.ready && end !== undefined && end.exitCode !== 0 && !status.state?.running
      })
      if (!found) return undefined
      const end = found.state?.terminated ?? found.lastState?.terminated
      return {
        evidence: [
          {
            source: `init container ${found.name}`,
            text: `exit code ${end?.exitCode}, ${found.restartCount ?? 0} restarts`,
          },
        ],
        values: { container: found.name },
      }
    },
  },
  {
    id: 'init-container-waiting',
    severity: 'warning',
    title: 'Init container {container} has been running for {minutes} minutes',
    cause: 'It waits for something: often a service or a file that does not come, or a long download.',
    remedy: 'Read its log and look at what it waits for.',
    look: (facts) => {
      const sidecars = new Set(
        facts.pod.spec.initContainers?.filter((one) => one.restartPolicy === 'Always').map((one) => one.name),
      )
      for (const status of statuses(facts)) {
        const startedAt = status.state?.running?.startedAt
        if (!status.init || !startedAt || sidecars.has(status.name)) continue
        const ranMs = facts.now.getTime() - Date.parse(startedAt)
        if (ranMs < longMs) continue
        return {
          evidence: [{ source: `init container ${status.name}`, text: 'still running', at: startedAt }],
          values: { container: status.name, minutes: String(Math.floor(ranMs / 60_000)) },
        }
      }
    },
  },
]
