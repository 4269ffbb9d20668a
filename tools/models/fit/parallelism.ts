import { isLatent, kvHeadsOf } from '../catalogue/architecture.ts'
import type { Model } from '../catalogue.ts'
import type { Parallelism } from './memory.ts'

type Shaped = Pick<Model, 'architecture' | 'weights'>

/** Why an engine would refuse to start with this split; undefined: it would not. */
export function parallelRefusal(
  { architecture, weights }: Shaped,
  { tensor, pipeline, expert, dataAttention }: Parallelism,
): string | undefined {
  if (!architecture) return undefined
  const { attentionHeads, experts, intermediateSize, layers } = architecture
  if (pipeline > layers) return `${layers} layers are fewer than ${pipeline} stages`
  if (expert && !experts) return 'the model has no experts to spread'
  if (dataAttention && !expert) return 'data-parallel attention needs its experts spread'
  if (dataAttention && !isLatent(architecture)) return 'data-parallel attention pays only with latent attention (MLA)'
  if (!dataAttention && attentionHeads % tensor !== 0)
    return `${attentionHeads} attention heads cannot be split over ${tensor} GPUs`
  const heads = kvHeadsOf(architecture).find((count) => !dataAttention && count % tensor !== 0 && tensor % count !== 0)
  if (heads !== undefined) return `${heads} key-value heads can be neither split nor repeated over ${tensor} GPUs`
  if (expert && experts && experts.count < tensor) return `${experts.count} experts are fewer than ${tensor} GPUs`
  if (weights.blockSize === undefined) return undefined
  const split = experts ? (expert ? undefined : experts.intermediateSize) : intermediateSize
  if (split === undefined || (split / tensor) % weights.blockSize === 0) return undefined
  const what = experts ? 'experts' : 'feed-forward layers'
  return `${weights.format} blocks of ${weights.blockSize} do not divide ${what} of ${split} over ${tensor} GPUs`
}

/** All ways to use so many GPUs for one replica, the usual first: one layer over all, then experts as wholes, then stages. */
function* parallelisms({ architecture }: Shaped, gpus: number): Generator<Parallelism> {
  for (let pipeline = 1; pipeline <= gpus; pipeline++) {
    if (gpus % pipeline !== 0) continue
    const tensor = gpus / pipeline
    yield { tensor, pipeline, expert: false }
    if (!architecture?.experts || tensor === 1) continue
    yield { tensor, pipeline, expert: true }
    yield { tensor, pipeline, expert: true, dataAttention: true }
  }
}

/** `auto`: the first way that no engine refuses. What is given is kept; absent: tensor parallel over all. */
export type ParallelWish = Partial<Parallelism> | 'auto' | undefined

/** How so many GPUs share the work; undefined where they cannot be shared as wished. */
export function chooseParallelism(model: Shaped, gpus: number, wish: ParallelWish): Parallelism | undefined {
  if (wish === undefined) return { tensor: gpus, pipeline: 1, expert: false }
  const given: Partial<Parallelism> = wish === 'auto' ? {} : wish
  const wanted = Object.entries({ dataAttention: false, ...given })
  let first: Parallelism | undefined
  for (const one of parallelisms(model, gpus)) {
    if (!wanted.every(([key, value]) => (one[key as keyof Parallelism] ?? false) === value)) continue
    if (parallelRefusal(model, one) === undefined) return one
    first ??= one
  }
  return first
}

/** `tensor 4 × pipeline 2, experts spread`; empty for one GPU. */
export const parallelWords = ({ tensor, pipeline, expert, dataAttention }: Parallelism): string =>
  [
    [...(tensor > 1 ? [`tensor ${tensor}`] : []), ...(pipeline > 1 ? [`pipeline ${pipeline}`] : [])].join(' × '),
    expert && 'experts spread',
    dataAttention && 'data-parallel attention',
  ]
    .filter(Boolean)
    .join(', ')
