// The stdio server in some fifty files instead of 700, for its next start: `node scripts/bundle-stdio.ts`. mcp-server/stdio.mjs
// runs it when there is no bundle of the sources as they are.
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { constants, setPriority } from 'node:os'
import { join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Plugin, rolldown } from 'rolldown'
import { bundleFolder, fingerprintOf } from '../mcp-server/bundled.mjs'

/** Servers that run load parts of theirs later. */
const keptBundles = 5
/** Whoever has been at it for longer is no longer there. */
const lockMs = 120_000
/** What npm put into node_modules, how names are resolved, and how it is bundled. */
const decisive = ['node_modules/.package-lock.json', 'package.json', 'scripts/bundle-stdio.ts']

export interface Bundling {
  /** Absolute, without a slash at its end */
  root: string
  /** Relative to the root; becomes server.mjs */
  entry?: string
  /** Other files that decide what comes out, relative to the root */
  alsoOf?: readonly string[]
}

/** Notes each source as it is bundled, and lets it find what lies beside it on disk. */
const ownSources = (root: string, seen: Map<string, string>): Plugin => ({
  name: 'own-sources',
  transform(code, id) {
    if (!id.startsWith(root + sep) || id.includes('node_modules')) return null
    seen.set(relative(root, id), code)
    return code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
  },
})

async function forgetOld(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{40}$/.test(name))
  const dated = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })))
  for (const { name } of dated.sort((a, b) => b.at - a.at).slice(keptBundles))
    await rm(join(folder, name), { recursive: true, force: true })
}

async function make({ root, entry, alsoOf }: Required<Bundling>, draft: string): Promise<void> {
  const folder = bundleFolder(root)
  const seen = new Map<string, string>()
  const also = new Map<string, string>()
  for (const path of alsoOf) also.set(path, await readFile(join(root, path), 'utf8'))
  const bundled = await rolldown({
    input: join(root, entry),
    cwd: root,
    platform: 'node',
    tsconfig: false,
    logLevel: 'silent',
    // Large, seldom needed, and with files of their own beside them
    external: [/^pino/, /^@electric-sql\//, /^@kubernetes\//, /^@qubic\.ts\//],
    plugins: [ownSources(root, seen)],
  })
  await bundled.write({
    dir: draft,
    entryFileNames: 'server.mjs',
    chunkFileNames: '[name]-[hash].mjs',
  })
  await bundled.close()
  // Each as it was when it was read: what has changed meanwhile makes this bundle an old one.
  const texts = new Map([...seen, ...also])
  const files = [...texts.keys()].sort()
  const fingerprint = fingerprintOf({ root, files, read: (path) => texts.get(path)! })
  const place = join(folder, fingerprint)
  await rm(place, { recursive: true, force: true })
  await rename(draft, place)
  await writeFile(`${draft}.json`, JSON.stringify({ fingerprint, files }))
  await rename(`${draft}.json`, join(folder, 'made-of.json'))
  await forgetOld(folder)
}

/** @returns whether it was made; false while another process is at it. @throws where a source cannot be bundled: what was there stays */
export async function bundle({ root, entry = 'mcp-server/build.ts', alsoOf = decisive }: Bundling): Promise<boolean> {
  const folder = bundleFolder(root)
  const lock = join(folder, 'making')
  await mkdir(folder, { recursive: true })
  const begun = await stat(lock).catch(() => undefined)
  if (begun && Date.now() - begun.mtimeMs > lockMs) await rm(lock, { force: true })
  const held = await open(lock, 'wx').catch(() => undefined)
  if (!held) return false
  const draft = join(folder, `draft-${process.pid}`)
  try {
    await make({ root, entry, alsoOf }, draft)
    return true
  } finally {
    await held.close()
    await rm(draft, { recursive: true, force: true })
    await rm(lock, { force: true })
  }
}

if (import.meta.main) {
  // Somebody waits for an answer of the server that asked for this
  setPriority(constants.priority.PRIORITY_LOW)
  await bundle({ root: fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '') })
}
