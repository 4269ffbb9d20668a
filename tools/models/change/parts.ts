import type { Plan } from '#contract'
import { ToolError } from '#contract'
import type { KubeObject } from '../../clients/kubernetes/types.ts'
import type { ServedComponent, ServedDeployment } from '../runtimes/types.ts'
import { keeperOf, type Target } from './target.ts'

type Check = Plan['checks'][number]

export const dryRunPassed: Check = { label: 'The API server accepts the change (dry run)', state: 'pass' }

const serving: readonly ServedComponent['role'][] = ['worker', 'decode', 'prefill']

/** Components whose pods hold the model. */
export const workersOf = ({ components }: Pick<ServedDeployment, 'components'>): ServedComponent[] =>
  components.filter(({ role }) => serving.includes(role))

/**
 * The component that is meant: by its name or role; without a word the workers that decode.
 * @throws ToolError invalid-input with those there are
 */
export function componentOf(deployment: ServedDeployment, wanted: string | undefined): ServedComponent {
  const workers = workersOf(deployment)
  const isMeant = ({ name, role }: ServedComponent) =>
    wanted === undefined
      ? role !== 'prefill'
      : name.toLowerCase() === wanted.toLowerCase() || role === wanted.toLowerCase()
  const found = workers.filter(isMeant)
  if (found.length === 1) return found[0]!
  const { cluster, name } = deployment
  throw new ToolError(
    'invalid-input',
    found.length > 1
      ? `${name} on ${cluster} has several kinds of workers`
      : `${name} on ${cluster} has no workers ${wanted === undefined ? 'that decode' : `called ${wanted.slice(0, 60)}`}`,
    {
      cluster,
      field: 'component',
      next: workers.length > 0 ? `Use one of: ${workers.map((one) => one.name).join(', ')}` : 'get_deployment shows it',
      changed: 'nothing',
    },
  )
}

export const replicasOf = (deployment: Pick<ServedDeployment, 'components'>): number =>
  workersOf(deployment)
    .filter(({ role }) => role !== 'prefill')
    .reduce((sum, { replicas }) => sum + replicas, 0)

export const gpusOf = (deployment: Pick<ServedDeployment, 'components'>): number =>
  deployment.components.reduce((sum, { replicas, gpusPerReplica }) => sum + replicas * gpusPerReplica, 0)

export const guardOf = ({ metadata }: KubeObject): string =>
  `${metadata.uid}/${metadata.generation ?? metadata.resourceVersion ?? ''}`

/** What would set a change back: an engine that keeps the object as a repository says. */
export function keeperCheck({ object, deployment }: Target): Check[] {
  const keeper = keeperOf(object, deployment.keptBy)
  if (!keeper) return []
  return [
    {
      label: `${keeper} keeps it`,
      state: 'warn',
      detail: 'and sets it back at its next sync: change it there as well',
    },
  ]
}

/** What may set replicas, and could not be read: a change goes without it, and leaves the replicas that run now. */
export const unreadCheck = (unread: string | undefined): Check[] =>
  unread === undefined
    ? []
    : [{ label: 'Nobody knows what else sets its replicas', state: 'warn', detail: unread.slice(0, 300) }]
