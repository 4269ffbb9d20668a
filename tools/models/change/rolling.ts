import { isDeepStrictEqual } from 'node:util'
import type { Plan } from '#contract'
import { counted } from '../../table.ts'
import { workersOf } from './parts.ts'
import { podOf, valueAt } from './paths.ts'
import type { Room } from './room.ts'
import { changeOf, type Target } from './target.ts'

/** Which workers get new pods when the object becomes another, and what serving notices of it. */
export function rollingOf(
  target: Target,
  after: { apiVersion?: string; metadata: { name: string }; spec?: Record<string, unknown> },
  room: Room | undefined,
): { pods: number; components: string[]; steps: Plan['steps']; checks: Plan['checks'] } {
  const change = changeOf(target)
  const places = change.workers(target.object)
  const next = change.workers(after as never)
  const isNew = (component: string) => {
    const place = places.find((one) => one.component === component)
    const other = next.find((one) => one.component === component)
    // An operator that hides its pods replaces all of them
    if (!place || !other) return !isDeepStrictEqual(target.object.spec, after.spec)
    return !isDeepStrictEqual(valueAt(target.object, podOf(place)), valueAt(after, podOf(other)))
  }
  const workers = workersOf(target.deployment).filter(({ name }) => isNew(name))
  const pods = workers.reduce((sum, { replicas }) => sum + replicas, 0)
  if (pods === 0) return { pods, components: [], steps: [], checks: [] }
  const names = workers.map(({ name }) => name)
  const alone = workers.filter(({ replicas }) => replicas === 1).map(({ name }) => name)
  const spare = room === undefined || room.workers > 0
  return {
    pods,
    components: names,
    steps: [{ verb: 'Replace', target: counted(pods, 'worker'), detail: names.join(', ') }],
    checks: [
      spare
        ? { label: 'GPUs for new workers beside the old ones', state: 'pass' }
        : {
            label: 'No GPUs for new workers beside the old ones',
            state: 'warn',
            detail:
              alone.length > 0
                ? `${alone.join(', ')} has one replica: it does not serve until the new one has loaded`
                : 'old ones go first: it serves less until the new ones have loaded',
          },
    ],
  }
}
