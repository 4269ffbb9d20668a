import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const here = new URL('./', import.meta.url).pathname
/** A port where nobody listens */
const dead = { url: 'http://127.0.0.1:9' }
const upstreams = {
  clusters: [{ name: 'dead', kubernetes: dead, prometheus: dead, alertmanager: dead, loki: dead }],
  qubic: dead,
}
/** Libraries that a start can do without */
const heavy =
  /\/node_modules\/(drizzle-orm|prom-client|pino|yaml|diff|@lezer|@prometheus-io|hono|@hono|postgres|@electric-sql|@kubernetes|openai|ws)\//

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quartermaster-stdio-'))
  await writeFile(join(folder, 'config.json'), JSON.stringify(upstreams))
  await writeFile(
    join(folder, 'loaded.mjs'),
    `import { appendFileSync } from 'node:fs'
     import { registerHooks } from 'node:module'
     registerHooks({ load(url, context, next) { appendFileSync(process.env.LOADED, url + '\\n'); return next(url, context) } })`,
  )
})
afterAll(() => rm(folder, { recursive: true, force: true }))

type Message = { id?: number; result?: Record<string, never>; error?: unknown }

async function start(entry: string[], env: Record<string, string> = {}) {
  const loadedFile = join(folder, `loaded-${crypto.randomUUID()}`)
  const child = spawn(
    process.execPath,
    ['--import', join(folder, 'loaded.mjs'), join(here, entry[0]!), ...entry.slice(1)],
    {
      env: { QM_CONFIG: join(folder, 'config.json'), QM_DATA_DIR: join(folder, 'data'), LOADED: loadedFile, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
  const lines: string[] = []
  const waiting = new Map<number, (message: Message) => void>()
  let errors = ''
  child.stderr.on('data', (text) => {
    errors += text
  })
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line)
    const message = JSON.parse(line) as Message
    if (message.id !== undefined) waiting.get(message.id)?.(message)
  })
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  let last = 0
  return {
    lines,
    ask(method: string, params: object = {}): Promise<Message> {
      const id = ++last
      send({ id, method, params })
      return new Promise((resolve) => waiting.set(id, resolve))
    },
    tell: (method: string) => send({ method }),
    loaded: async () => (existsSync(loadedFile) ? (await readFile(loadedFile, 'utf8')).trim().split('\n') : []),
    errors: () => errors,
    async end(): Promise<number | null> {
      child.stdin.end()
      if (child.exitCode === null) await once(child, 'exit')
      return child.exitCode
    },
  }
}

describe.each([[['stdio.mjs']], [['main.ts', '--stdio']]])('%j with every upstream dead', (entry) => {
  it('lists its tools, answers a call, and loads nothing heavy for either', async () => {
    const server = await start(entry)
    const hello = await server.ask('initialize', {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'test', version: '1' },
    })
    expect(hello.result).toMatchObject({ serverInfo: { name: 'quartermaster' } })
    server.tell('notifications/initialized')
    const { tools } = (await server.ask('tools/list')).result as unknown as { tools: { name: string }[] }
    expect(tools.map(({ name }) => name)).toContain('list_nodes')
    const loaded = await server.loaded()
    // few where they are bundled
    expect(loaded.length).toBeGreaterThan(10)
    expect(loaded.filter((url) => heavy.test(url))).toEqual([])

    const { result } = await server.ask('tools/call', { name: 'list_nodes', arguments: {} })
    expect(result).toMatchObject({ isError: true, structuredContent: { error: { code: 'cluster-unreachable' } } })
    expect((await server.loaded()).filter((url) => heavy.test(url))).toEqual([])

    expect(await server.end()).toBe(0)
    for (const line of server.lines) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' })
    expect(await readdir(join(folder, 'data'))).not.toContain('pglite')
  })
})

it('keeps what was compiled in its own folder', async () => {
  expect(await readdir(join(folder, 'data'))).toContain('compile-cache')
})

it('starts where nothing can be kept: a read-only place costs time, not the answer', async () => {
  await writeFile(join(folder, 'file'), '')
  const server = await start(['stdio.mjs'], { QM_DATA_DIR: join(folder, 'file', 'below'), QM_SECRET: 's'.repeat(40) })
  const hello = await server.ask('initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  })
  expect(hello.result).toMatchObject({ serverInfo: { name: 'quartermaster' } })
  expect(await server.end()).toBe(0)
})

it('says on standard error why it does not start', async () => {
  const server = await start(['stdio.mjs'], { QM_CONFIG: join(folder, 'missing.json') })
  expect(await server.end()).toBe(1)
  expect(server.errors()).toMatch(/missing\.json cannot be read[\s\S]*QM_CONFIG/)
  expect(server.lines).toEqual([])
})
