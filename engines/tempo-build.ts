import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ensured } from './engine.ts'
import { EngineUnavailable } from './errors.ts'
import { builtFolder, ensureBuilt, type GoBuild, isBuilt } from './go-build.ts'

const VERSION = '3.0.3'

/**
 * Builds Tempo from a checkout in the folder QM_TEMPO_DIR, with the dependencies that it carries: its module path cannot
 * name a version 3, and module proxies refuse it. Throws EngineUnavailable where there is no such folder.
 */
export async function ensureTempo(report: (line: string) => void): Promise<Ensured> {
  const build = buildOf(process.env.QM_TEMPO_DIR ?? '')
  if (isBuilt(build)) return { how: 'cached', version: VERSION }
  checkSource(build.moduleFolder)
  return { how: await ensureBuilt(build, report), version: VERSION }
}

/** The path of the built program, or undefined before it was built. */
export function tempoProgram(): string | undefined {
  const build = buildOf('')
  return isBuilt(build) ? join(builtFolder(build), 'tempo') : undefined
}

function checkSource(folder: string): void {
  const clone = `git clone --depth 1 --branch v${VERSION} https://github.com/grafana/tempo`
  if (folder === '') throw new EngineUnavailable(`no source; set QM_TEMPO_DIR to the folder of: ${clone}`)
  const found = readIfThere(join(folder, 'VERSION')).trim()
  if (found !== VERSION)
    throw new EngineUnavailable(`QM_TEMPO_DIR holds ${found || 'no Tempo'}, not ${VERSION}; fill it with: ${clone}`)
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function buildOf(folder: string): GoBuild {
  return {
    name: 'tempo',
    moduleFolder: folder,
    vendoredVersion: VERSION,
    binaries: { tempo: './cmd/tempo' },
    settings: { 'main.Version': VERSION },
    minutes: 7,
  }
}
