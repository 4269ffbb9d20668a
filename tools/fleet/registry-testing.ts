import type { NewEvent } from '#contract'
import type { TestDatabase } from '#db/testing.ts'
import type { Actor, Tool } from '#define'
import { clientsConfig } from '../clients/config.ts'
import { createClients } from '../clients/create.ts'
import { serve, type TestServer } from '../clients/testing.ts'
import { createVault } from '../clients/vault.ts'
import { testContext } from '../testing.ts'
import { loadRegistry } from './registry.ts'
import type { ClusterView } from './registry-view.ts'

export const now = new Date('2026-11-20T12:00:00Z')
export const key = (byte: number) => Buffer.alloc(32, byte)

export interface UpstreamRules {
  /** Status by the Authorization header; default 200 */
  login?: (authorization: string | undefined, path: string) => number
}

/** A Kubernetes API and a Prometheus in one, small; keeps who asked for what. */
export async function fakeUpstream({ login = () => 200 }: UpstreamRules = {}) {
  const asked: { path: string; authorization: string | undefined }[] = []
  const server: TestServer = await serve((request, response) => {
    const path = (request.url ?? '').split('?')[0]!
    const { authorization } = request.headers
    asked.push({ path, authorization })
    const status = login(authorization, path)
    const send = (code: number, body: unknown) =>
      response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (status !== 200) return send(status, { kind: 'Status', status: 'Failure', message: 'no', code: status })
    if (path === '/version') return send(200, { gitVersion: 'v1.36.0' })
    if (path.endsWith('/selfsubjectreviews'))
      return send(201, { metadata: {}, status: { userInfo: { username: 'ada', groups: ['ops'] } } })
    if (/^\/api\/v1\/(namespaces|nodes|pods)$/.test(path)) return send(200, { kind: 'List', metadata: {}, items: [] })
    if (path === '/-/ready') return response.writeHead(200).end('ready')
    if (path === '/api/v1/query') return send(200, { status: 'success', data: { resultType: 'vector', result: [] } })
    send(404, { kind: 'Status', status: 'Failure', message: 'not there', code: 404 })
  })
  return { ...server, asked }
}

/** One server: its clients, and the registry of `database` as it is when it starts. */
export async function registryServer(
  database: TestDatabase,
  options: { seeds?: object[]; keys?: readonly Buffer[]; at?: () => Date } = {},
) {
  const { seeds = [], keys = [key(1)], at = () => now } = options
  const events: NewEvent[] = []
  const secrets: string[] = []
  let changes = 0
  const vault = createVault(async () => keys)
  const clients = createClients(clientsConfig.parse({ clusters: seeds }), {
    now: () => new Date(),
    env: {},
    vault,
    onSecret: (text) => secrets.push(text),
    onRegistryChange: () => {
      changes += 1
    },
  })
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const parts = { registry: clients.registry, vault, now: at, log }
  await loadRegistry(database.db, parts)
  const contextOf = (actor: Partial<Actor> = {}) => testContext({ clients, db: database.db, events, now: at, actor })
  return {
    clients,
    vault,
    events,
    secrets,
    parts,
    changes: () => changes,
    names: () => clients.fleet.list().map(({ name }) => name),
    run: async (tool: Tool, input: object) => {
      const reply = await tool.run(tool.input.parse(input) as never, contextOf())
      return {
        ...reply,
        data: reply.data as unknown as { state: string; cluster: ClusterView; checks: { id: string; state: string }[] },
      }
    },
    plan: (tool: Tool, input: object) => tool.plan!(tool.input.parse(input) as never, contextOf()),
    contextOf,
  }
}
