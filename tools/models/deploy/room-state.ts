import { type Plan, ToolError } from '#contract'
import { counted } from '../../table.ts'
import type { DeploymentConfig } from '../config.ts'
import { type Displaced, displacedBy } from './displaced.ts'
import type { Facts } from './facts.ts'
import type { ClusterObjects, Placement } from './placement.ts'
import { workersOf } from './settle.ts'

export interface RoomState {
  checks: Plan['checks']
  /** In words: which pods would have to go */
  displaces: string
}

interface Asked {
  config: DeploymentConfig
  placement: Placement
  objects: ClusterObjects
  facts: Facts
  exists: boolean
}

/** Priority of the pods, and whether it lets them push others out. */
function priorityOf({ priorityClass }: DeploymentConfig, { priorityClasses }: Facts): number | undefined {
  if (priorityClasses.state !== 'found') return undefined
  const found = priorityClasses.value.find((one) =>
    priorityClass === undefined ? one.globalDefault === true : one.metadata.name === priorityClass,
  )
  if (!found || found.preemptionPolicy === 'Never') return undefined
  return Number(found.value ?? 0)
}

function displacedIn({ config, placement, objects, facts }: Asked): { displaced: Displaced[]; missing: number } {
  const missing = Math.max(0, workersOf(config) - placement.room)
  const priority = priorityOf(config, facts)
  if (missing === 0 || priority === undefined || (config.nodesPerReplica ?? 1) > 1) return { displaced: [], missing }
  const free = new Map(placement.nodes.map(({ name, free }) => [name, free % config.gpus]))
  return displacedBy(objects, { missing, gpus: config.gpus, gpuModel: placement.gpuModel, priority, free })
}

/**
 * Whether the workers could start now, and what would have to happen if not: pods of lower priority go, a queue lets them
 * wait, a node is added.
 * @throws ToolError does-not-fit where nothing of this can help
 */
export function roomState(asked: Asked): RoomState {
  const { config, placement, facts, exists } = asked
  const { room, freeGpus, gpuModel, cluster } = placement
  const workers = workersOf(config)
  const label = 'Free GPUs'
  const words = `${freeGpus} ${gpuModel} free, room for ${counted(room, 'worker')}`
  // Replicas of a deployment that is there already hold their GPUs; only what is new needs room
  if (exists || room >= workers)
    return { checks: [{ label, state: room >= workers ? 'pass' : 'warn', detail: words }], displaces: 'nothing' }
  const { displaced, missing } = displacedIn(asked)
  if (displaced.length > 0 && missing === 0) {
    const victims = displaced.map(({ pod, gpus, priority }) => `${pod} (${counted(gpus, 'GPU')}, priority ${priority})`)
    const displaces = `${victims.slice(0, 5).join(', ')}${victims.length > 5 ? ` and ${victims.length - 5} more` : ''}`
    return {
      checks: [{ label, state: 'warn', detail: `${words}; pods of lower priority would be evicted: ${displaces}` }],
      displaces,
    }
  }
  const helper = helperOf(facts)
  if (helper) return { checks: [{ label, state: 'warn', detail: `${words}; ${helper}` }], displaces: 'nothing' }
  throw noRoom({ config, placement, workers, cluster })
}

function helperOf({ queue, autoscaler }: Facts): string | undefined {
  if (queue?.state === 'found') return 'the others wait in the queue'
  if (autoscaler.state !== 'found' || !autoscaler.value.isHealthy) return undefined
  return `the others wait for ${autoscaler.value.name} to add nodes (${autoscaler.value.detail})`
}

function noRoom(parts: {
  config: DeploymentConfig
  placement: Placement
  workers: number
  cluster: string
}): ToolError {
  const { config, placement, workers, cluster } = parts
  const { gpus, replicas } = config
  return new ToolError(
    'does-not-fit',
    `${cluster} has room for ${placement.room} of ${counted(workers, 'worker')} with ${counted(gpus, 'GPU')} on one node each (${placement.freeGpus} ${placement.gpuModel} free in all)`,
    {
      cluster,
      changed: 'nothing',
      field: 'replicas',
      next:
        placement.room >= workers / replicas
          ? `Use at most ${Math.floor((placement.room * replicas) / workers)} replicas, fewer GPUs each, or another cluster`
          : 'Look for room with list_nodes, on another cluster or with fewer GPUs',
    },
  )
}
