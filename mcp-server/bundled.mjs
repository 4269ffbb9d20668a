// JavaScript, because it runs before anything is loaded. `scripts/bundle-stdio.ts` makes what is found here.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const project = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '')

/** Where the bundles of a project lie: whoever can write there can write the sources as well. */
export const bundleFolder = (root) => join(root, 'node_modules/.cache/quartermaster')

/** One hash over the root, this Node, and every file with its name. Throws where one of them cannot be read. */
export function fingerprintOf({ root, files, read = (path) => readFileSync(join(root, path)) }) {
  const hash = createHash('sha1').update(`${root}\n${process.version}\n`)
  for (const path of files) hash.update(`${path}\n`).update(read(path))
  return hash.digest('hex')
}

/**
 * The entry of the bundle as a URL, if there is one that was made of exactly these sources; by content, because times can lie.
 * A file that did not exist when it was made can only matter to one that did.
 */
export function freshBundle(root = project) {
  try {
    const { fingerprint, files } = JSON.parse(readFileSync(join(bundleFolder(root), 'made-of.json'), 'utf8'))
    const entry = join(bundleFolder(root), fingerprint, 'server.mjs')
    if (fingerprintOf({ root, files }) === fingerprint && existsSync(entry)) return pathToFileURL(entry).href
  } catch {
    // none yet, or a source is gone
  }
  return undefined
}

/** Makes one for the next start, in a process of its own that nobody waits for. Not where it cannot be kept, or nothing can make it. */
export function bundleLater(root = project, delayMs = 3_000) {
  try {
    accessSync(join(root, 'node_modules/rolldown'))
    accessSync(join(root, 'node_modules'), constants.W_OK)
  } catch {
    return
  }
  setTimeout(() => {
    spawn(process.execPath, [join(root, 'scripts/bundle-stdio.ts')], {
      cwd: root,
      env: {},
      stdio: 'ignore',
      detached: true,
    })
      .on('error', () => {})
      .unref()
  }, delayMs).unref()
}
