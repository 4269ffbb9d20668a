import type { Pod } from '../kubernetes/service.ts'
import { quoted } from '../text.ts'
import { replicasOf } from './deployment-rows.ts'
import { pendingOf } from './pending-reason.ts'
import type { ServedDeployment } from './runtimes/types.ts'

/** How it stands in one or two sentences: replicas, why it waits, and what its operator says. */
export function stateSummary(served: ServedDeployment, pods: readonly Pod[] | undefined): string {
  const { ready, wanted } = replicasOf(served)
  const pending = pods && pendingOf(pods)
  const said = served.message || served.reason
  const parts = [
    `${ready} of ${wanted} replicas ready`,
    pending?.words,
    served.phase !== 'running' || ready < wanted ? said && `its operator says ${quoted(said, 200)}` : undefined,
  ]
  return `${parts.filter((part) => part).join('; ')}.`
}
