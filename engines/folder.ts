import { mkdirSync, mkdtempSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { forgetFolder, removeAtExit } from './process.ts'

export type StartOptions = {
  /** Where the engine keeps its data and logs; a fresh folder under the system's temporary one when absent. */
  dir?: string
  /** Stops the engine when aborted. */
  signal?: AbortSignal
}

/** Where built engines are kept: QM_ENGINES_DIR, or the user's cache folder. */
export function cacheFolder(): string {
  return process.env.QM_ENGINES_DIR ?? join(homedir(), '.cache', 'quartermaster-engines')
}

/** A folder for one engine run. A folder made here is removed by `release` and at exit; a given one is left alone. */
export function workFolder(name: string, given?: string): { path: string; release(): void } {
  if (given !== undefined) {
    mkdirSync(given, { recursive: true })
    return { path: given, release: () => undefined }
  }
  const path = mkdtempSync(join(tmpdir(), `qm-${name}-`))
  removeAtExit(path)
  return { path, release: () => forgetFolder(path) }
}
