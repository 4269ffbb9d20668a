import { mkdir, mkdtemp, readdir, readFile, realpath, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bundle } from '../scripts/bundle-stdio.ts'
import { bundleFolder, freshBundle } from './bundled.mjs'
import { connect } from './testing/mcp-clients.ts'

let root: string
const put = async (path: string, text: string) => {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
}
const make = () => bundle({ root, entry: 'server/main.ts', alsoOf: ['package.json', 'versions.json'] })

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'quartermaster-bundle-')))
  await put('package.json', '{ "type": "module", "imports": { "#parts/*": "./parts/*" } }')
  await put('versions.json', '{ "zod": "1" }')
  await put(
    'server/main.ts',
    `import { word } from '#parts/word.ts'
     import { later } from 'somewhere'
     export const said: string = word
     export const asked = later
     export const lazy = () => import('#parts/lazy.ts')
     export const here = import.meta.url`,
  )
  await put('parts/word.ts', `export const word = 'one'`)
  await put('parts/lazy.ts', `export const deep = 'deep'`)
  await put('node_modules/somewhere/package.json', '{ "type": "module", "exports": "./index.js" }')
  await put('node_modules/somewhere/index.js', `export const later = 'library'`)
})
afterEach(() => rm(root, { recursive: true, force: true }))

describe('a bundle of the sources', () => {
  it('is what the sources are, and finds what lies beside them', async () => {
    expect(freshBundle(root)).toBeUndefined()
    expect(await make()).toBe(true)
    const bundled = await import(/* @vite-ignore */ freshBundle(root)!)
    expect(bundled).toMatchObject({ said: 'one', asked: 'library', here: `file://${root}/server/main.ts` })
    expect((await bundled.lazy()).deep).toBe('deep')
  })

  it.each([
    ['a source that is loaded at once', 'parts/word.ts', `export const word = 'two'`],
    ['a source that is loaded later', 'parts/lazy.ts', `export const deep = 'else'`],
    ['a library', 'versions.json', '{ "zod": "2" }'],
    ['how names are found', 'package.json', '{ "type": "module", "imports": { "#parts/*": "./other/*" } }'],
  ])('is no longer used when it changed: %s', async (_, path, text) => {
    await make()
    await put(path, text)
    expect(freshBundle(root)).toBeUndefined()
  })

  it('is told by content, not by time', async () => {
    await make()
    const old = new Date('2001-01-01')
    await utimes(join(root, 'parts/word.ts'), old, old)
    expect(freshBundle(root)).toBeDefined()
    await put('parts/word.ts', `export const word = 'six'`)
    await utimes(join(root, 'parts/word.ts'), old, old)
    expect(freshBundle(root)).toBeUndefined()
  })

  it('is not used when a source is gone, or its files are', async () => {
    await make()
    await rm(join(root, 'parts/lazy.ts'))
    expect(freshBundle(root)).toBeUndefined()
    await put('parts/lazy.ts', `export const deep = 'deep'`)
    expect(freshBundle(root)).toBeDefined()
    const { fingerprint } = JSON.parse(await readFile(join(bundleFolder(root), 'made-of.json'), 'utf8'))
    await rm(join(bundleFolder(root), fingerprint), { recursive: true })
    expect(freshBundle(root)).toBeUndefined()
  })

  it('that cannot be made leaves nothing behind', async () => {
    await put('parts/word.ts', 'export const word = (')
    await expect(make()).rejects.toThrow()
    expect(freshBundle(root)).toBeUndefined()
    expect(await readdir(bundleFolder(root))).toEqual([])
  })

  it('is made by one process at a time, and by another when that one is long gone', async () => {
    await mkdir(bundleFolder(root), { recursive: true })
    const lock = join(bundleFolder(root), 'making')
    await writeFile(lock, '')
    expect(await make()).toBe(false)
    const old = new Date('2001-01-01')
    await utimes(lock, old, old)
    expect(await make()).toBe(true)
  })

  it('stays for servers that run, five of them', async () => {
    for (let version = 0; version < 7; version++) {
      await put('parts/word.ts', `export const word = '${version}'`)
      await make()
    }
    expect((await readdir(bundleFolder(root))).filter((name) => name !== 'made-of.json')).toHaveLength(5)
    expect((await import(/* @vite-ignore */ freshBundle(root)!)).said).toBe('6')
  })
})

describe('the stdio server, bundled', { timeout: 120_000 }, () => {
  it('has every tool, what lies beside them, the libraries that are loaded late and the database', async () => {
    const project = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
    // or another start is at it
    if (freshBundle() === undefined && !(await bundle({ root: project })))
      await expect.poll(() => freshBundle(), { timeout: 60_000 }).toBeDefined()
    expect(freshBundle()).toBeDefined()
    const upstream = { url: 'http://127.0.0.1:9' }
    await put(
      'config.json',
      JSON.stringify({ clusters: [{ name: 'dead', kubernetes: upstream, prometheus: upstream }] }),
    )
    const env = { QM_CONFIG: join(root, 'config.json'), QM_DATA_DIR: join(root, 'data'), QM_LOG_LEVEL: 'error' }
    const client = await connect({ era: 'current', to: { args: [join(project, 'mcp-server/stdio.mjs')], env } })
    try {
      const names = (await client.tools()).map(({ name }) => name)
      expect(names).toEqual(expect.arrayContaining(['list_nodes', 'query_metrics', 'deploy_model']))
      const outcome = async (name: string, input: object = {}) =>
        (await client.call('run_tool', { name, input })).structured
      expect((await client.call('query_metrics', { query: 'sum(up' })).structured.error?.code).toBe('invalid-promql')
      expect((await client.call('query_metrics', { query: 'up' })).structured.error?.code).toBe('cluster-unreachable')
      expect((await outcome('list_models')).data).toMatchObject({ rows: expect.any(Array) })
      expect((await outcome('get_persona', { id: 'gpu-expert' })).error).toBeUndefined()
      expect((await outcome('get_audit_log')).error).toBeUndefined()
      expect(await readdir(join(root, 'data'))).toContain('pglite')
    } finally {
      await client.close()
    }
  })
})
