import { type ClusterAnswer, formatMoney, type Money, ToolError } from '#contract'
import type { Context } from '#define'
import type { KubernetesCluster } from '../clients/kubernetes/types.ts'
import { requireSome } from '../fan-out.ts'
import { meantModels } from '../gpu-model.ts'
import { copyRoom, type NodeRoom, type Placed, place, readRoom } from '../kubernetes/service.ts'
import { gpuHourPrice } from '../prices.ts'
import { counted } from '../table.ts'
import { configFor, gpusOf, type RayConfig, type RayInput } from './config.ts'
import { hasKubeRay, rayClusterKind } from './service.ts'

type Ctx = Context<'fleet' | 'kubernetes', 'prices'>

/** How the wanted pods would find nodes on one cluster now. */
export interface Candidate {
  cluster: string
  kubeRay: boolean
  head: Placed[]
  workers: Placed[]
  /** GPUs that new pods may take, of the model meant */
  freeGpus: number
  /** Set where the cluster has several models and all pods fit on one */
  gpuModel?: string
  gpuModels: string[]
}

export interface Estimate {
  candidates: Candidate[]
  answers: ClusterAnswer[]
  chosen: Candidate
  config: RayConfig
  /** For an hour; undefined where no price is configured for a GPU model it would use */
  perHour?: Money
  lines: CostLine[]
}

/** Pods that cost the same; `rate` is of one GPU hour, `cost` of all of them. */
export interface CostLine {
  id: string
  label: string
  quantity: string
  rate?: Money
  cost?: Money
}

const isWhole = ({ head, workers }: Candidate, wanted: number) => head.length === 1 && workers.length === wanted

/**
 * Where the cluster would run and what it would cost: the same computation for the estimate, the plan and the plan
 * before the start (RAY-005, RAY-006). Without a cluster in the input: the one that holds it whole, with most room.
 * @throws ToolError not-configured where nothing has KubeRay
 */
export async function estimate(input: RayInput, ctx: Ctx): Promise<Estimate> {
  const { kubernetes } = ctx.clients
  const names = ctx.scopeOf(kubernetes, input.cluster === undefined ? undefined : [input.cluster])
  const read = await ctx.fanOut(names, (name, signal) => candidateOf(kubernetes.for(name), input, signal), {
    timeoutMs: 8_000,
  })
  const { values, clusters: answers } = requireSome(read)
  const candidates = values.map(({ value }) => value).sort(byRoom(input))
  const chosen = candidates.find(({ kubeRay }) => kubeRay)
  if (!chosen)
    throw new ToolError('not-configured', `KubeRay is not installed on ${names.slice(0, 10).join(', ')}`, {
      ...(input.cluster !== undefined && { cluster: input.cluster }),
      next: 'Install the KubeRay operator there, or name a cluster that has it',
      changed: 'nothing',
    })
  if (gpusOf(configFor(input, '')) > 0) requireModel(input, chosen)
  const name = input.name ?? (await freeName(kubernetes.for(chosen.cluster), input.namespace, ctx.signal))
  const settled = chosen.gpuModel === undefined ? input : { ...input, gpuModel: chosen.gpuModel }
  const config = configFor(settled, name)
  const lines = linesOf(chosen, config, ctx)
  const perHour = sumOf(lines)
  return { candidates, answers, chosen, config, lines, ...(perHour && { perHour }) }
}

const byRoom = (input: RayInput) => (a: Candidate, b: Candidate) =>
  Number(b.kubeRay) - Number(a.kubeRay) ||
  Number(isWhole(b, input.workers)) - Number(isWhole(a, input.workers)) ||
  b.workers.length - a.workers.length ||
  b.freeGpus - a.freeGpus ||
  a.cluster.localeCompare(b.cluster)

async function candidateOf(client: KubernetesCluster, input: RayInput, signal: AbortSignal): Promise<Candidate> {
  const [kubeRay, rooms] = await Promise.all([hasKubeRay(client, signal), readRoom(client, signal)])
  return { cluster: client.cluster, kubeRay, ...placeOn(rooms, input) }
}

/** All pods on one GPU model where that holds them, because work across models runs at the speed of the slowest. */
export function placeOn(rooms: readonly NodeRoom[], input: RayInput): Omit<Candidate, 'cluster' | 'kubeRay'> {
  const { head, worker, workers } = configFor(input, '')
  const gpuModels = [...new Set(rooms.flatMap((node) => node.gpuModel ?? []))].sort()
  const allowed = meantModels(input.gpuModel, gpuModels)
  const tryOn = (models: readonly string[]) => {
    const all = copyRoom(rooms)
    const withGpus = all.filter(({ gpuModel }) => gpuModel !== undefined && models.includes(gpuModel))
    const placedHead = place(head.gpus > 0 ? withGpus : all, head, 1)
    const freeGpus = withGpus.reduce((sum, { free }) => sum + free.gpus, 0) + head.gpus * placedHead.length
    return { head: placedHead, workers: place(worker.gpus > 0 ? withGpus : all, worker, workers), freeGpus }
  }
  if (worker.gpus === 0 && head.gpus === 0) return { ...tryOn(gpuModels), gpuModels }
  const single = allowed
    .map((model) => ({ model, ...tryOn([model]) }))
    .sort((a, b) => b.head.length - a.head.length || b.workers.length - a.workers.length || b.freeGpus - a.freeGpus)[0]
  const mixed = tryOn(allowed)
  if (!single || mixed.workers.length > single.workers.length) return { ...mixed, gpuModels }
  const { model, ...placed } = single
  const pins = gpuModels.length > 1 || input.gpuModel !== undefined
  return { ...placed, ...(pins && { gpuModel: model }), gpuModels }
}

/** @throws ToolError not-found for a GPU model that no open node has */
function requireModel(input: RayInput, { cluster, gpuModels }: Candidate): void {
  if (input.gpuModel === undefined || meantModels(input.gpuModel, gpuModels).length > 0) return
  throw new ToolError('not-found', `No node of ${cluster} that takes work has a ${input.gpuModel.slice(0, 80)}`, {
    cluster,
    field: 'gpuModel',
    next: gpuModels.length > 0 ? `Use one of: ${gpuModels.join(', ')}` : 'Choose another cluster, or gpusPerWorker: 0',
    changed: 'nothing',
  })
}

/** `ray`, or the first of `ray-2`, `ray-3` … that is not taken. */
async function freeName(client: KubernetesCluster, namespace: string, signal: AbortSignal): Promise<string> {
  const { items } = await client.list(rayClusterKind, { namespace, signal })
  const taken = new Set(items.map(({ metadata }) => metadata.name))
  let name = 'ray'
  for (let number = 2; taken.has(name); number++) name = `ray-${number}`
  return name
}

/** What its GPUs cost by the hour (RAY-007, QLT-049); CPU-only machines have no price in the list. */
function linesOf({ head, workers, gpuModels }: Candidate, config: RayConfig, ctx: Ctx): CostLine[] {
  const usual = config.gpuModel ?? (gpuModels.length === 1 ? gpuModels[0] : undefined)
  const pods = [
    { role: 'Head', gpus: config.head.gpus, model: head[0]?.gpuModel ?? usual },
    ...Array.from({ length: config.workers }, (_, index) => ({
      role: 'Workers',
      gpus: config.worker.gpus,
      model: workers[index]?.gpuModel ?? usual,
    })),
  ].filter(({ gpus }) => gpus > 0)
  const alike = Map.groupBy(pods, ({ role, gpus, model }) => `${role}/${gpus}/${model ?? ''}`)
  return [...alike].map(([id, same]) => {
    const { role, gpus, model } = same[0]!
    const rate = model === undefined ? undefined : gpuHourPrice(ctx.clients.prices, model)
    return {
      id,
      label: role,
      quantity: `${same.length} × ${gpus} ${model ?? 'GPU'}`,
      ...(rate && { rate, cost: { ...rate, amount: rate.amount * gpus * same.length } }),
    }
  })
}

/** Undefined where a line has no price: a sum without it would be too low. */
function sumOf(lines: readonly CostLine[]): Money | undefined {
  const costs = lines.flatMap(({ cost }) => cost ?? [])
  if (costs.length === 0 || costs.length < lines.length) return undefined
  return { amount: costs.reduce((sum, { amount }) => sum + amount, 0), currency: 'usd-cent' }
}

/** One sentence on the room of a cluster. */
export function roomWords(candidate: Candidate, input: RayInput): string {
  const { head, workers, freeGpus, gpuModel, kubeRay } = candidate
  if (!kubeRay) return 'KubeRay is not installed'
  const gpus = input.gpusPerWorker > 0 || input.headGpus > 0
  const free = gpus ? `; ${freeGpus} ${gpuModel ?? 'GPUs'} free` : ''
  if (head.length === 0) return `no node has room for the head${free}`
  return isWhole(candidate, input.workers)
    ? `room for the head and all ${counted(input.workers, 'worker')}${free}`
    : `room for ${workers.length} of ${counted(input.workers, 'worker')}${free}`
}

export const fitsWhole = (candidate: Candidate, input: RayInput): boolean =>
  candidate.kubeRay && isWhole(candidate, input.workers)

export const priceText = (perHour: Money | undefined): string =>
  perHour ? `${formatMoney(perHour)} an hour` : 'no price is configured'
