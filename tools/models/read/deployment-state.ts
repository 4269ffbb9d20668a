import { conditionOf, type Pod, podGpus, podState } from '../../kubernetes/service.ts'
import { counted } from '../../table.ts'
import { quoted } from '../../text.ts'
import { pendingOf } from '../follow/pending-reason.ts'
import { restartsOf, worstPod } from '../follow/troubles.ts'
import type { ServedDeployment } from '../runtimes/types.ts'
import { replicasOf, workersOf } from './deployment-rows.ts'

/** How it stands in one or two sentences: replicas, why it waits, and what its operator says. */
export function stateSummary(served: ServedDeployment, pods: readonly Pod[] | undefined, now: Date): string {
  const { ready, wanted } = replicasOf(served)
  const pending = pods && pendingOf(pods)
  const said = served.message || served.reason
  const parts = [
    `${Math.min(ready, wanted)} of ${wanted} replicas ready${rollingWords(served, pods)}`,
    pending?.words,
    pods && troubleWords(pods, now),
    served.phase !== 'running' || ready < wanted ? said && `its operator says ${quoted(said, 200)}` : undefined,
  ]
  return `${parts.filter((part) => part).join('; ')}.`
}

/** Workers of the version before serve on while new ones come up: an operator counts both as ready. */
function rollingWords(served: ServedDeployment, pods: readonly Pod[] | undefined): string {
  const { ready, wanted } = replicasOf(served)
  const others = served.components.filter((component) => !workersOf(served).includes(component))
  const isRolling = served.phase !== 'running' && served.phase !== 'terminating' && wanted > 0 && ready >= wanted
  if (!isRolling || others.some(({ readyReplicas, replicas }) => readyReplicas < replicas)) return ''
  const starting = (pods ?? []).filter((pod) => podGpus(pod) > 0 && !pod.metadata.deletionTimestamp && !isReady(pod))
  const coming = starting.length > 0 ? `: ${counted(starting.length, 'new worker')} still coming up` : ''
  return `, of the old and the new version together${coming}`
}

const isReady = ({ status }: Pod): boolean => conditionOf(status, 'Ready')?.status === 'True'

/** A pod that dies or cannot start: its operator only says that it is not ready. */
function troubleWords(pods: readonly Pod[], now: Date): string | undefined {
  const pod = worstPod(pods, now)
  if (!pod) return undefined
  const restarts = restartsOf(pod)
  return `${pod.metadata.name} is in ${podState(pod, now).status}${restarts > 0 ? ` after ${counted(restarts, 'restart')}` : ''}`
}
