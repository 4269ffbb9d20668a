import type { Money, Plan } from '#contract'
import { podKind } from '../../clients/kubernetes/types.ts'
import { readRoom } from '../../kubernetes/service.ts'
import { gpuHourPrice } from '../../prices.ts'
import { counted } from '../../table.ts'
import type { ServedComponent } from '../runtimes/types.ts'
import { podOf, valueAt } from './paths.ts'
import { type ChangeContext, changeOf, type Target } from './target.ts'

/** Where more workers of a deployment would go, and what an hour of them costs. */
export interface Room {
  /** Workers that find GPUs now */
  workers: number
  freeGpus: number
  /** Whose GPUs these are; undefined: of several models */
  freeModel?: string
  /** The GPUs its workers have now, or must have; undefined: any */
  gpuModel?: string
  price?: Money
}

const spaced = (model: string) => model.replaceAll('-', ' ')

/** Source of the GPU model: what the pods are bound to, else the nodes they run on. */
export async function roomFor(target: Target, component: ServedComponent, ctx: ChangeContext): Promise<Room> {
  const { client, deployment, object } = target
  const { signal } = ctx
  const place = changeOf(target)
    .workers(object)
    .find((one) => one.component === component.name)
  const selector = (place && valueAt(object, [...podOf(place), 'nodeSelector'])) as Record<string, string> | undefined
  const bound = selector?.['nvidia.com/gpu.product']
  const [nodes, pods] = await Promise.all([
    readRoom(client, signal),
    client.list(podKind, { namespace: deployment.namespace, labelSelector: deployment.podSelector, signal }),
  ])
  const theirs = pods.items.flatMap(({ spec }) => (typeof spec?.nodeName === 'string' ? [spec.nodeName] : []))
  const own = nodes.find(({ name, gpuModel }) => gpuModel !== undefined && theirs.includes(name))?.gpuModel
  const wanted = bound === undefined ? undefined : spaced(bound)
  const open = nodes.filter(
    ({ gpuModel }) => gpuModel !== undefined && (wanted === undefined || spaced(gpuModel) === wanted),
  )
  const each = Math.max(1, component.gpusPerReplica)
  const largest = Math.max(0, ...open.map(({ free }) => free.gpus))
  const freeGpus = open.reduce((sum, { free }) => sum + free.gpus, 0)
  const freeModel = new Set(open.map((one) => one.gpuModel)).size === 1 ? open[0]!.gpuModel : undefined
  const gpuModel = wanted ?? own ?? freeModel
  const price = gpuModel === undefined ? undefined : gpuHourPrice(ctx.clients.prices, gpuModel)
  return {
    // A worker of more GPUs than any node has spans several
    workers:
      component.gpusPerReplica === 0
        ? Number.POSITIVE_INFINITY
        : largest < each && nodes.every((node) => node.free.gpus < each)
          ? spanning(
              open.map(({ free }) => free.gpus),
              each,
            )
          : open.reduce((sum, { free }) => sum + Math.floor(free.gpus / each), 0),
    freeGpus,
    ...(freeModel !== undefined && { freeModel }),
    ...(gpuModel !== undefined && { gpuModel }),
    ...(price && { price }),
  }
}

/** Workers over several nodes of at most eight GPUs: whole nodes only. */
const spanning = (free: readonly number[], each: number): number =>
  each > 8 ? Math.floor((free.filter((gpus) => gpus >= 8).length * 8) / each) : 0

export const roomCheck = (room: Room, { more, gpus }: { more: number; gpus: number }): Plan['checks'][number] => ({
  label: 'Free GPUs',
  state: room.workers >= more ? 'pass' : 'warn',
  detail: `${room.freeGpus} ${room.freeModel ?? 'GPUs'} free, room for ${counted(room.workers, 'more worker')} with ${counted(gpus, 'GPU')} each`,
})
