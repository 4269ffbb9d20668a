import { bytesText } from '../../text.ts'
import type { Fit } from './fit.ts'
import { parallelWords } from './parallelism.ts'

export const verdictTones = {
  fits: 'good',
  'fits-with-less-context': 'warn',
  'does-not-fit': 'bad',
  unknown: 'neutral',
} as const

/** Where each figure of a GPU goes: `weights 15.3GiB, activations …, cache …`. Empty where nobody knows its memory. */
export function breakdown({ memory, notes }: Fit): string {
  if (!memory) return ''
  const { weightBytes, activationBytes, communicationBytes, otherBytes, cacheBytes } = memory
  const parts: [string, number][] = [
    ['weights', weightBytes],
    ['activations', activationBytes],
    ['between GPUs', communicationBytes],
    ['engine', otherBytes],
    ['left for cache', Math.max(0, cacheBytes)],
  ]
  const words = parts.filter(([, bytes]) => bytes > 0).map(([name, bytes]) => `${name} ${bytesText(bytes)}`)
  return [words.join(', '), ...notes].join('; ')
}

/** `144KiB a token and 144MiB a sequence`, on each GPU. */
export function cacheWords({ memory }: Fit): string {
  if (!memory) return ''
  const { kvBytesPerToken, stateBytesPerSequence } = memory
  return [
    kvBytesPerToken > 0 && `${bytesText(kvBytesPerToken)} a token`,
    stateBytesPerSequence > 0 && `${bytesText(stateBytesPerSequence)} a sequence`,
  ]
    .filter(Boolean)
    .join(' and ')
}

/** Why, and what would do: one sentence for a row. */
export function reasonWords(fit: Fit): string {
  const { reason, smallestGpus, verdict, parallelism } = fit
  const how = parallelWords(parallelism)
  const isPlain = parallelism.pipeline === 1 && !parallelism.expert
  return [
    verdict === 'does-not-fit' || isPlain ? reason : `${how}: ${reason}`,
    smallestGpus && verdict !== 'fits' && `with ${smallestGpus} GPU${smallestGpus > 1 ? 's' : ''} it fits`,
  ]
    .filter(Boolean)
    .join('; ')
}

/** Where the method is written down, said in answers. */
export const method =
  'aiconfigurator (NVIDIA, Apache-2.0): memory × engine share − weights − activations − buffers − 3.5 GiB; docs/model-sizing.md'
