// JavaScript, because it runs before anything is loaded: Node starts its TypeScript translator (40 ms, 17 MB) with the
// first .ts file that it does not find in the cache.
import { mkdirSync } from 'node:fs'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where this installation keeps its own things (QM_DATA_DIR). */
export const dataFolder = (env) => env.QM_DATA_DIR || join(homedir(), '.quartermaster')

/**
 * What Node compiled is kept for the next start: that one takes half the time. In our own folder, because code that
 * others could write would run as us. Without a folder to write to, everything is compiled anew.
 */
export function keepCompiled(env) {
  const folder = dataFolder(env)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch {
    return
  }
  enableCompileCache(join(folder, 'compile-cache'))
  // Node writes it when the process ends, and a server is often ended by a signal that leaves no time
  setTimeout(flushCompileCache, 3_000).unref()
}
