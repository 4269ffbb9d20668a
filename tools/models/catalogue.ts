import { readFileSync } from 'node:fs'
import { catalogueFile, type Model, parseCatalogue } from './catalogue/file.ts'

export { type Engine, engines, type Model, tasks } from './catalogue/file.ts'
export { gpuMemoryBytes } from './catalogue/gpus.ts'

/** Which models are known; another file may stand in for the one that comes with the product. */
export type Catalogue = () => readonly Model[]

let loaded: readonly Model[] | undefined

/** The eight curated models first (MOD-003 to MOD-010), then those of the sized list. */
export const models: Catalogue = () => {
  loaded ??= parseCatalogue(readFileSync(new URL('./catalogue/models.json', import.meta.url), 'utf8'), 'models.json')
  return loaded
}

const ownFiles = new Map<string, Catalogue>()

/** The catalogue of a configuration: its own file, read again when it changes, or the one that comes with the product. */
export function catalogueOf(settings: { catalogueFile?: string } | undefined): Catalogue {
  const path = settings?.catalogueFile
  if (path === undefined) return models
  const known = ownFiles.get(path) ?? catalogueFile(path)
  ownFiles.set(path, known)
  return known
}

const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '')

/** `Qwen3-8B`, `qwen3 8b` and `Qwen/Qwen3-8B` mean the same; undefined when nothing or more than one thing is meant. */
export function findModel(words: string, catalogue: Catalogue = models): Model | undefined {
  const wanted = plain(words)
  const all = catalogue()
  const exact = all.filter(({ id }) => plain(id) === wanted || plain(id.split('/')[1] ?? '') === wanted)
  if (exact.length > 0) return exact[0]
  // a whole id of somebody else's repository is no part of a name
  const near = words.includes('/') ? [] : all.filter(({ id }) => plain(id).includes(wanted))
  return near.length === 1 ? near[0] : undefined
}

/** Models whose id or name has the words, for "did you mean". */
export const similarModels = (words: string, catalogue: Catalogue = models): string[] =>
  catalogue()
    .filter(({ id, name }) =>
      words
        .toLowerCase()
        .split(/[^a-z0-9.]+/)
        .some((word) => word.length > 2 && `${id} ${name}`.toLowerCase().includes(word)),
    )
    .slice(0, 5)
    .map(({ id }) => id)
