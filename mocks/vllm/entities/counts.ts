import type { Entities } from '../entities.ts'
import { GPU_PATTERN } from './words.ts'

const NUMBER_WORDS = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
]
const OTHER_WORDS: Record<string, number> = {
  single: 1,
  pair: 2,
  couple: 2,
  dozen: 12,
  sixteen: 16,
  twenty: 20,
  'thirty-two': 32,
  'sixty-four': 64,
}

/** "two GPUs" -> "2 gpus", so that one set of patterns reads both digits and words. */
export function withDigits(text: string): string {
  const words = text.toLowerCase().replace(/\ba\s+(?=(?:pair|couple|dozen|single)\b)/g, '')
  const spelled = words.replace(/\b(?:pair|couple)\s+of\b/g, '2').replace(/[a-z]+(?:-[a-z]+)?/g, (word) => {
    const index = NUMBER_WORDS.indexOf(word)
    if (index >= 0) return String(index)
    return OTHER_WORDS[word] === undefined ? word : String(OTHER_WORDS[word])
  })
  return spelled.replace(/\ba(?=\s+(?:(?:gpu|ray|cpu)\s+)?(?:gpu|worker|replica|head)\b)/g, '1')
}

const GPU = `(?:(?:nvidia|amd|free|available|idle|spare|unused|more)\\s+)*(?:(?:${GPU_PATTERN})s?\\s*)?(?:gpus?|cards?|accelerators?)`
const GPU_OR_MODEL = `(?:${GPU}|(?:${GPU_PATTERN})s?)`

/** GPUs, replicas, workers, heads, limits and prices. Numbers may be digits or English words up to twelve. */
export function readCounts(original: string): Entities {
  const text = withDigits(original)
  const number = (pattern: string) => {
    const found = new RegExp(pattern, 'i').exec(text)
    return found?.[1] === undefined ? undefined : Number(found[1])
  }
  const perWorker =
    number(`(\\d+)\\s*x?\\s*${GPU_OR_MODEL}\\s+(?:per|each|for each|on each|in each|a|every)\\s*(?:worker|node|pod)`) ??
    number(`workers?,?\\s+(?:with|of|having|at)\\s+(\\d+)\\s*x?\\s*${GPU_OR_MODEL}`) ??
    number(`workers?,?\\s+(?:and\\s+)?(\\d+)\\s*x?\\s*${GPU_OR_MODEL}\\s+each`)
  const workers = number(
    `(\\d+)\\s*x?\\s*(?:(?:gpu|ray|cpu|worker|(?:${GPU_PATTERN}))\\s+)*(?:workers?|worker nodes?)\\b`,
  )
  const gpuWorkers = new RegExp(`\\b(?:gpu|(?:${GPU_PATTERN}))\\s+(?:ray\\s+)?workers?\\b`, 'i').test(text)
  const free = new RegExp(
    `(\\d+)\\s*(?:or more\\s+|\\+\\s*)?(?:x\\s*)?(?:free|available|idle|spare|unused)\\s+${GPU_OR_MODEL}`,
    'i',
  ).exec(text)
  const freeAfter = new RegExp(
    `(\\d+)\\s*(?:or more\\s+|\\+\\s*)?${GPU_OR_MODEL}\\s+(?:(?:are|is|still)\\s+)*(?:free|available|idle|spare|unused)`,
    'i',
  ).exec(text)
  const headGpus = number(`head\\s+(?:node\\s+)?(?:with|of|having)\\s+(\\d+)\\s*${GPU_OR_MODEL}`)
  const price =
    /(?:under|below|less than|cheaper than|max(?:imum)?|at most|up to)\s*(?:of\s*)?(?:\$\s*(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)\s*(?:\$|usd|dollars?))/.exec(
      text,
    )
  const lines = number('(?:last|tail|show)?\\s*(\\d+)\\s+(?:log\\s+)?lines\\b')
  const minFreeGpus = free?.[1] ?? freeAfter?.[1]
  return {
    gpus:
      perWorker === undefined || workers === undefined
        ? (number(`(\\d+)\\s*(?:x\\s*|×\\s*)?${GPU_OR_MODEL}\\b(?!\\s+workers?)`) ??
          number('\\b(?:tensor[\\s-]parallel(?:ism)?(?:\\s+size)?|tp)\\s*(?:of|=|:)?\\s*(\\d+)'))
        : undefined,
    replicas:
      number('(\\d+)\\s*x?\\s*(?:replicas?|copies|instances)\\b') ?? number('replicas?\\s*(?:=|:|to|of)?\\s*(\\d+)'),
    workers: workers ?? number('workers?\\s*(?:=|:|to)\\s*(\\d+)'),
    heads: number('(\\d+)\\s*(?:ray\\s+)?heads?\\b'),
    headGpus,
    gpusPerWorker: perWorker ?? (gpuWorkers ? 1 : undefined),
    minFreeGpus: minFreeGpus === undefined ? undefined : Number(minFreeGpus),
    limit: number(
      '\\b(?:top|first|biggest|largest|only show|limit(?: to)?)\\s+(\\d+)\\b(?!\\s*(?:hours?|minutes?|days?|weeks?|[hmd]\\b))',
    ),
    maxPrice: price ? Number(price[1] ?? price[2]) : undefined,
    lines,
  }
}
