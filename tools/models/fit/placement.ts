import { type Money, ToolError } from '#contract'
import type { PriceList } from '../../clients/index.ts'
import type { KubernetesCluster } from '../../clients/kubernetes/types.ts'
import { meantModels } from '../../gpu-model.ts'
import { type NodeRoom, readRoom } from '../../kubernetes/service.ts'
import { gpuHourPrice } from '../../prices.ts'
import { gpuFacts, isSlice } from '../catalogue/gpus.ts'
import { checkFit, type Fit, smallestOf, type Wish } from './fit.ts'
import type { Parallelism } from './memory.ts'

export interface Placement {
  /** Nodes with enough free GPUs for one replica, or for its part on one node; best first */
  nodes: { name: string; free: number }[]
  gpuModel: string
  /** GPUs of one replica */
  gpus: number
  parallelism: Parallelism
  fit: Fit
  /** Replicas that have room now */
  room: number
  freeGpus: number
  /** Of one replica; absent where no price is configured */
  pricePerHour?: Money
  /** GPU models of the cluster that take work now, this one among them */
  gpuModels: string[]
}

/** One placement for each GPU model that takes work, the best first. */
export interface Found extends Placement {
  placements: Placement[]
}

export interface PlacementRequest extends Wish {
  client: KubernetesCluster
  signal: AbortSignal
  /** Of one replica; absent: as few as it fits on */
  gpus?: number | undefined
  gpuModel?: string | undefined
  /** Nodes a replica spans, default 1 */
  nodesPerReplica?: number | undefined
  prices?: PriceList | undefined
  /** From the watch of nodes and pods where there is one: for questions, not for plans */
  cached?: boolean | undefined
  /** Fits that were found before for the same wish: clusters often have the same GPUs */
  known?: Map<string, Fit> | undefined
  /** Told when the cluster begins to answer */
  begun?: (() => void) | undefined
}

const byVerdict: Record<Fit['verdict'], number> = {
  fits: 0,
  'fits-with-less-context': 1,
  unknown: 2,
  'does-not-fit': 3,
}

/**
 * Where replicas would go now. Of the GPU models that take work: those with room first, then the better fit, then the cheaper, then the
 * one with most room. Undefined where no node with such a GPU takes work.
 * @throws ToolError not-found for a GPU model the cluster does not have
 */
export async function findPlacement(request: PlacementRequest): Promise<Found | undefined> {
  const { client, signal, cached, begun } = request
  return placeIn(await readRoom(client, signal, { cached, begun }), { ...request, cluster: client.cluster })
}

export function placeIn(
  rooms: readonly NodeRoom[],
  request: Omit<PlacementRequest, 'client' | 'signal'> & { cluster: string },
): Found | undefined {
  const byModel = Map.groupBy(
    rooms.filter((node) => node.gpuModel !== undefined),
    (node) => node.gpuModel!,
  )
  const gpuModels = [...byModel.keys()].sort()
  const allowed = meantModels(request.gpuModel, gpuModels)
  if (request.gpuModel !== undefined && allowed.length === 0)
    throw new ToolError(
      'not-found',
      `No node of ${request.cluster} that takes work has a ${request.gpuModel.slice(0, 80)}`,
      {
        cluster: request.cluster,
        field: 'gpuModel',
        next:
          gpuModels.length > 0
            ? `Use one of: ${gpuModels.join(', ')}`
            : 'Choose another cluster: list_nodes {"minFreeGpus":1}',
        changed: 'nothing',
      },
    )
  const placements = allowed.map((gpuModel) => ({
    ...placementOn(gpuModel, byModel.get(gpuModel)!, request),
    gpuModels,
  }))
  placements.sort(
    (a, b) =>
      startable(b) - startable(a) ||
      byVerdict[a.fit.verdict] - byVerdict[b.fit.verdict] ||
      (a.pricePerHour?.amount ?? Number.MAX_SAFE_INTEGER) - (b.pricePerHour?.amount ?? Number.MAX_SAFE_INTEGER) ||
      b.room - a.room,
  )
  return placements[0] && { ...placements[0], placements }
}

/** Room now beats a longer context on GPUs that are taken. */
const startable = ({ fit, room }: Placement) => Number(fit.verdict !== 'does-not-fit' && room > 0)

function placementOn(
  gpuModel: string,
  nodes: readonly NodeRoom[],
  request: Omit<PlacementRequest, 'client' | 'signal'>,
): Omit<Placement, 'gpuModels'> {
  const { nodesPerReplica = 1, prices } = request
  const facts = gpuFacts(gpuModel)
  const memoryMib = Math.min(...nodes.flatMap((node) => node.gpuMemoryMib ?? []))
  const wish = {
    ...request,
    gpuMemoryBytes: Number.isFinite(memoryMib) ? memoryMib * 1024 ** 2 : facts?.memoryBytes,
    gpu: facts,
  }
  const most = isSlice(gpuModel) ? 1 : Math.max(1, ...nodes.map((node) => node.gpus))
  const key = `${gpuModel} ${wish.gpuMemoryBytes} ${most}`
  const known = request.known?.get(key)
  const found = known ?? checkFit({ ...wish, gpus: request.gpus ?? smallestOn(most, wish) })
  if (!known) request.known?.set(key, found)
  const fit = sliced(gpuModel, found)
  const gpus = request.gpus ?? found.parallelism.tensor * found.parallelism.pipeline
  const perNode = Math.max(1, Math.ceil(gpus / nodesPerReplica))
  const able = nodes.filter(({ free }) => free.gpus >= perNode).sort((a, b) => a.free.gpus - b.free.gpus)
  const price = gpuHourPrice(prices, gpuModel)
  return {
    nodes: able.map(({ name, free }) => ({ name, free: free.gpus })),
    gpuModel,
    gpus,
    parallelism: fit.parallelism,
    fit,
    room: Math.floor(able.reduce((sum, { free }) => sum + Math.floor(free.gpus / perNode), 0) / nodesPerReplica),
    freeGpus: nodes.reduce((sum, { free }) => sum + free.gpus, 0),
    ...(price && { pricePerHour: { ...price, amount: price.amount * gpus } }),
  }
}

/** As few as it fits on; where it fits on none, as many as a node has, so that the verdict says how far it is. */
function smallestOn(most: number, wish: Parameters<typeof smallestOf>[0]): number {
  const degrees = [1, 2, 4, 8, 16].filter((degree) => degree <= most)
  return smallestOf(wish, degrees) ?? degrees.at(-1)!
}

/** Slices of a GPU cannot be put together. */
function sliced(gpuModel: string, fit: Fit): Fit {
  const { tensor, pipeline } = fit.parallelism
  if (!isSlice(gpuModel) || tensor * pipeline === 1) return fit
  const { smallestGpus: _, ...rest } = fit
  return { ...rest, verdict: 'does-not-fit', reason: `${gpuModel} is a slice of a GPU: slices cannot be put together` }
}
