import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Connected, connect } from './testing/mcp-clients.ts'

const shelfProgram = fileURLToPath(new URL('./testing/stdio-shelf.ts', import.meta.url))
const program = fileURLToPath(new URL('./stdio.mjs', import.meta.url))

let folder: string
let hanging: Server
const children: ChildProcess[] = []
const clients: Connected[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quartermaster-stdio-'))
  // takes every connection and never says anything
  hanging = createServer(() => {})
  await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(hanging.address() as { port: number }).port}`
  const upstream = { url }
  const clusters = [
    { name: 'hung', kubernetes: upstream, prometheus: upstream, alertmanager: upstream, loki: upstream },
  ]
  await writeFile(join(folder, 'hanging.json'), JSON.stringify({ clusters, qubic: upstream }))
})
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close().catch(() => {})
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL')
})
afterAll(async () => {
  hanging?.close()
  await rm(folder, { recursive: true, force: true })
})

/** The program with its pipes, for what a client library would hide. */
function run(args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  children.push(child)
  let out = ''
  let errors = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>
  return {
    child,
    out: () => out,
    errors: () => errors,
    exited,
    send: (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`),
    until: (holds: () => boolean) => expect.poll(holds, { timeout: 30_000 }).toBe(true),
  }
}
const hello = {
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
}
const call = (id: number, name: string, input: object = {}) => ({
  id,
  method: 'tools/call',
  params: { name, arguments: input },
})

async function shelf(data: string): Promise<Connected> {
  const env = { QM_DATA_DIR: join(folder, data), QM_LOG_LEVEL: 'error' }
  const client = await connect({ era: 'current', to: { args: [shelfProgram], env } })
  clients.push(client)
  return client
}

describe('stdout', { timeout: 60_000 }, () => {
  it('carries only the protocol: not the log, not what libraries print, not what is thrown', async () => {
    const server = run([shelfProgram], { QM_DATA_DIR: join(folder, 'chatter'), QM_LOG_LEVEL: 'debug' })
    server.send(hello)
    server.send({ method: 'notifications/initialized' })
    server.send(call(2, 'chatter'))
    server.child.stdin.write('this is no JSON\n')
    server.send({ id: 3, method: 'no/such/method' })
    server.send(call(4, 'no_such_tool'))
    await server.until(() => server.out().includes('"id":4'))
    server.child.stdin.end()
    expect(await server.exited).toEqual([0, null])
    const messages = server
      .out()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { jsonrpc: string; id?: number; error?: object; result?: object })
    for (const message of messages) expect(message.jsonrpc).toBe('2.0')
    const byId = new Map(messages.map((message) => [message.id, message]))
    expect(byId.get(2)?.result).toMatchObject({ isError: true, structuredContent: { error: { code: 'internal' } } })
    expect(byId.get(3)?.error).toMatchObject({ code: -32601 })
    expect(byId.get(4)?.result).toMatchObject({ structuredContent: { error: { code: 'unknown-tool' } } })
    for (const words of ['printed by a library', 'warned by a library', 'a debug line', 'chatter failed'])
      expect(server.errors()).toContain(words)
  })
})

describe('with every upstream hanging', { timeout: 60_000 }, () => {
  const env = () => ({ QM_CONFIG: join(folder, 'hanging.json'), QM_DATA_DIR: join(folder, 'hanging') })

  it('starts, lists its tools, and names the cluster that does not answer', async () => {
    const client = await connect({ era: 'current', to: { args: [program], env: env() } })
    clients.push(client)
    expect((await client.tools()).map(({ name }) => name)).toContain('list_nodes')
    const answer = await client.call('list_nodes')
    expect(answer.text).toContain('hung')
    expect(answer.text).toContain('next: ')
    expect(await readdir(join(folder, 'hanging'))).not.toContain('pglite')
  })

  it('ends when stdin ends, in the middle of a call', async () => {
    const server = run([program], env())
    server.send(hello)
    server.send(call(2, 'list_nodes'))
    await server.until(() => server.out().includes('"id":1'))
    server.child.stdin.end()
    expect(await server.exited).toEqual([0, null])
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('ends by %s, in the middle of a call', async (signal) => {
    const server = run([program], env())
    server.send(hello)
    server.send(call(2, 'list_nodes'))
    await server.until(() => server.out().includes('"id":1'))
    server.child.kill(signal)
    expect(await server.exited).toEqual([0, null])
  })
})

describe('the embedded database', { timeout: 120_000 }, () => {
  it('belongs to one process: the second reads on, is told what to do, and loses nothing', async () => {
    const [first, second] = [await shelf('shared'), await shelf('shared')]
    expect((await second.call('list_things')).isError).toBe(false)
    const kept = (await first.call('place_thing', { id: 'lamp' })).structured.approval!

    const refused = await second.call('place_thing', { id: 'vase' })
    expect(refused.isError).toBe(true)
    expect(refused.structured.error).toMatchObject({ code: 'store-unavailable', changed: 'nothing' })
    expect(refused.structured.error!.next).toMatch(/DATABASE_URL|QM_DATA_DIR|stop/i)
    expect((await second.call('list_things')).isError).toBe(false)
    expect((await first.call('get_approval', { id: kept.id })).text).toContain('pending')

    await first.close()
    const asked = await second.call('place_thing', { id: 'vase' })
    expect(asked.structured.approval).toMatchObject({ state: 'pending' })
    expect((await second.call('get_approval', { id: kept.id })).text).toContain('pending')
    // what the second did while it had no database is in the audit too
    const audit = (await second.call('get_audit_log', { tool: 'place_thing' })).text
    expect(audit).toContain('store-unavailable')
    expect((await second.call('get_audit_log', { tool: 'list_things' })).text.match(/list_things/g)).toHaveLength(2)
  })

  it('is opened again after a kill -9 of the process that had it', async () => {
    const server = run([shelfProgram], { QM_DATA_DIR: join(folder, 'killed') })
    server.send(hello)
    server.send({ method: 'notifications/initialized' })
    server.send(call(2, 'place_thing', { id: 'lamp' }))
    await server.until(() => server.out().includes('"id":2'))
    server.child.kill('SIGKILL')
    await server.exited
    const after = await shelf('killed')
    expect((await after.call('list_approvals', { state: 'pending' })).text).toContain('Place 1 lamp')
  })
})
