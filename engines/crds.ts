import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { runCommand } from './command.ts'
import type { Availability, Ensured } from './engine.ts'
import { EngineUnavailable } from './errors.ts'
import { cacheFolder } from './folder.ts'
import { findGo } from './go-build.ts'

export type CrdSet = 'dynamo' | 'kuberay' | 'kserve' | 'kserve-minimal'

/** One CustomResourceDefinition, as the API server takes it. */
export type Crd = { metadata: { name: string }; spec: { group: string; conversion?: { strategy: string } } }

type Source = { module: string; version: string; prefix: string; folders?: string[]; minimal?: boolean }

const kserve = { module: 'github.com/kserve/kserve', version: 'v0.20.0', prefix: 'serving.kserve.io_' }

// The operators' repositories keep their definitions in the Go module, in config/crd/bases. Dynamo tags no submodule
// versions, so it is pinned by commit (main on 2026-08-21, between the releases 1.4 and 1.5).
const SOURCES: Record<CrdSet, Source> = {
  dynamo: { module: 'github.com/ai-dynamo/dynamo/deploy/operator', version: '2a6da14c8361', prefix: 'nvidia.com_' },
  kuberay: { module: 'github.com/ray-project/kuberay/ray-operator', version: 'v1.7.0', prefix: 'ray.io_' },
  // The minimal ones are without schema (InferenceService, v1alpha1) or without that of pods: small enough for kubectl apply
  kserve: { ...kserve, folders: ['full', 'full/llmisvc'] },
  'kserve-minimal': { ...kserve, folders: ['minimal', 'minimal/llmisvc'], minimal: true },
}

// What a person gave once stays in use until the cache is cleared or another folder is given.
const FROM_FOLDER = 'from QM_CRDS_DIR'

/**
 * Brings the definitions into the cache: from the folder QM_CRDS_DIR (`<group>_<plural>.yaml` files) where it is set and
 * has them, else from the operator's Go module. Throws EngineUnavailable where neither has them.
 */
export async function ensureCrds(set: CrdSet): Promise<Ensured> {
  const source = SOURCES[set]
  const given = process.env.QM_CRDS_DIR
  if (given !== undefined && crdFiles(given, source).length > 0) {
    prepare(set, [given], FROM_FOLDER)
    return { how: 'cached', version: FROM_FOLDER }
  }
  const prepared = preparedFrom(set)
  if (prepared === source.version || prepared === FROM_FOLDER) return { how: 'cached', version: prepared }
  const module = await download(source)
  const folders = (source.folders ?? ['bases']).map((folder) => join(module, 'config', 'crd', folder))
  prepare(set, folders, source.version)
  return { how: 'downloaded', version: source.version }
}

export function crdsAvailable(set: CrdSet): Availability {
  if (preparedFrom(set) !== undefined) return { ok: true }
  return { ok: false, why: `no definitions of ${set} in the cache; run: node engines/main.ts --only ${set}-crds` }
}

/** The prepared definitions, with their conversion webhook taken out: no operator is there to answer it. */
export function readCrds(set: CrdSet): Crd[] {
  const folder = preparedFolder(set)
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Crd)
}

/** The definition as a bare API server can serve it. */
export function withoutWebhook(crd: Crd): Crd {
  return { ...crd, spec: { ...crd.spec, conversion: { strategy: 'None' } } }
}

function preparedFolder(set: CrdSet): string {
  return join(cacheFolder(), 'crds', set)
}

function preparedFrom(set: CrdSet): string | undefined {
  const file = join(preparedFolder(set), 'source')
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

// In one folder `<name>.minimal.yaml` stands beside `<name>.yaml`; in the module each kind of definition has a folder.
function crdFiles(folder: string, { prefix, minimal = false }: Source): string[] {
  if (!existsSync(folder)) return []
  const files = readdirSync(folder).filter((file) => file.startsWith(prefix) && file.endsWith('.yaml'))
  const small = files.filter((file) => file.endsWith('.minimal.yaml'))
  return minimal && small.length > 0 ? small : files.filter((file) => !small.includes(file))
}

// Kept as JSON: the largest takes seconds to parse as YAML.
function prepare(set: CrdSet, from: string[], version: string): void {
  const files = from.flatMap((folder) => crdFiles(folder, SOURCES[set]).map((file) => join(folder, file)))
  if (files.length === 0) throw new EngineUnavailable(`no ${SOURCES[set].prefix}*.yaml in ${from.join(', ')}`)
  const folder = preparedFolder(set)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const file of files) {
    for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) {
      const crd = document.toJS() as Crd | null
      if (crd === null) continue
      writeFileSync(join(folder, `${crd.metadata.name}.json`), JSON.stringify(withoutWebhook(crd)))
    }
  }
  writeFileSync(join(folder, 'source'), version)
}

async function download(source: Source): Promise<string> {
  mkdirSync(cacheFolder(), { recursive: true })
  const wanted = `${source.module}@${source.version}`
  const answer = await runCommand(findGo(), ['mod', 'download', '-json', wanted], { cwd: cacheFolder() })
  const report = parseReport(answer.stdout)
  if (report.Dir !== undefined) return report.Dir
  const why = (report.Error ?? answer.stderr).replaceAll(/\s+/g, ' ').replace(/[.\s]+$/, '')
  throw new EngineUnavailable(`${why}. Put the definitions into a folder and name it in QM_CRDS_DIR`)
}

function parseReport(stdout: string): { Dir?: string; Error?: string } {
  try {
    return JSON.parse(stdout) as { Dir?: string; Error?: string }
  } catch {
    return {}
  }
}
