import { readCounts } from './entities/counts.ts'
import { readNames } from './entities/names.ts'
import { readTime } from './entities/time.ts'
import { readWords } from './entities/words.ts'

/** What a question names. Everything is optional; nothing is guessed that the text does not say. */
export interface Entities {
  model?: string
  clusters?: string[]
  node?: string
  pod?: string
  namespace?: string
  container?: string
  job?: string
  deployment?: string
  rayCluster?: string
  provider?: string
  name?: string
  pool?: string
  labels?: string
  result?: string
  traceId?: string
  gpuModel?: string
  gpus?: number
  replicas?: number
  workers?: number
  headGpus?: number
  heads?: number
  gpusPerWorker?: number
  minFreeGpus?: number
  maxPrice?: number
  limit?: number
  lines?: number
  previous?: boolean
  engine?: string
  status?: string
  severity?: string
  sinceSeconds?: number
  stepSeconds?: number
}

/** Names that the conversation has already shown, so that a bare "hub" is known to be a cluster. */
export interface KnownNames {
  clusters: string[]
  namespaces: string[]
  pods: string[]
}

export const NOTHING_KNOWN: KnownNames = { clusters: [], namespaces: [], pods: [] }

/** A pasted log is no question: patterns look back over what they read, so that long texts would cost by their square. */
const MAX_TEXT = 4000

/**
 * Reads clusters, models, pods, counts, durations and the like out of an English text.
 * `plain` is the text in lower case without the names, so that rules never match a word inside a name.
 */
export function readEntities(text: string, known: KnownNames = NOTHING_KNOWN): { entities: Entities; plain: string } {
  const names = readNames(text.slice(0, MAX_TEXT), known)
  const rest = names.rest
  const entities = { ...readWords(rest), ...readTime(rest), ...readCounts(rest), ...names.entities }
  for (const key of Object.keys(entities) as (keyof Entities)[]) if (entities[key] === undefined) delete entities[key]
  return { entities, plain: rest.toLowerCase() }
}
