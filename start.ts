import { hkdfSync } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { beginChat, type ChatHost, chatHandler } from './chat/main.ts'
import { listen } from './mcp-server/http.ts'
import { type Built, build, explain, httpFace, readConfig, version } from './mcp-server/main.ts'

/** The demo world, when nothing is configured: mock servers on loopback in the real wire formats. */
async function demoWorld() {
  const { startWorld } = await import('./mocks/main.ts')
  return startWorld()
}
type World = Awaited<ReturnType<typeof demoWorld>>

interface Model {
  baseUrl: string
  model?: string
  apiKey?: string
  demo: boolean
  /** All that may be asked, this one first */
  endpoints: (Built['models'][number] & { demo: boolean })[]
  close?: () => Promise<void>
}

/** The configured models, else the demo model. Without LLM_BASE_URL the first of the list is the one asked first. */
async function modelOf(built: Built, world: World | undefined): Promise<Model> {
  const listed = built.models.map((model) => ({ ...model, demo: false }))
  if (built.llm && (world === undefined || built.config.llm !== undefined || listed.length === 0)) {
    const demo = world !== undefined && built.config.llm === undefined
    const name = demo ? 'demo' : (built.llm.model?.split('/').at(-1) ?? 'default')
    return {
      ...built.llm,
      demo,
      endpoints: [{ name, ...built.llm, demo }, ...listed.filter((one) => one.name !== name)],
    }
  }
  const [first] = listed
  if (first) return { ...first, endpoints: listed }
  const { startVllm } = await import('./mocks/vllm/main.ts')
  const { url, close } = await startVllm()
  const demo = { name: 'demo', baseUrl: `${url}/v1`, demo: true }
  return { ...demo, endpoints: [demo], close }
}

/** What the chat needs of this process, for one person. */
function chatHost(built: Built, parts: { model: Model; url: string; demoFleet: boolean }) {
  const { core, metrics, log } = built
  const { baseUrl, model, apiKey, demo } = parts.model
  type Role = 'viewer' | 'operator' | 'owner'
  const own: ChatHost['process'] = {
    version,
    folder: fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, ''),
    push: {
      secret: Buffer.from(hkdfSync('sha256', core.secret, '', 'web push', 32)).toString('base64url'),
      contact: built.config.publicUrl?.startsWith('https:') ? built.config.publicUrl : 'mailto:quartermaster@localhost',
    },
    onEvent: (pattern, handler) => core.events.subscribe({ subjects: [pattern] }, handler),
    hostOf: (person) => hostFor({ ...person, role: person.role as Role }),
    approvalAsker: async (id) => {
      const asker = await core.approvalAsker(id).catch(() => undefined)
      if (!asker) return undefined
      const { id: personId, name, role, conversation } = asker
      return { person: { id: personId, name, role }, ...(conversation !== undefined && { conversation }) }
    },
  }
  const hostFor = (person: { id: string; name: string; role: Role }): ChatHost => ({
    process: own,
    db: async () => (await core.database.get()).db,
    mcpUrl: `${parts.url}/mcp`,
    apiUrl: parts.url,
    llm: { baseUrl, demo, ...(model && { model }), ...(apiKey && { apiKey }) },
    endpoints: parts.model.endpoints,
    agentToken: (claims: { conversation: string; persona: string; clusters: string[]; mode?: 'ask' | 'read-only' }) =>
      core.identity.issueAgentToken({ sub: person.id, name: person.name, role: person.role, ...claims }),
    person,
    log,
    emit: (event: { name: string; subject: string; data: Record<string, unknown> }) =>
      core.events
        .commit(async () => ({ value: undefined, events: [core.redactor.value(event)] }))
        .catch((error) => log.warn({ error, name: event.name }, 'an event could not be stored')),
    redact: <T>(value: T) => core.redactor.value(value),
    messageRefusal: () => core.rateLimits.refusal('messages', { ...person, clusters: '*', kind: 'human' }),
    onTokens: ({ model, input, output }: { model: string; input: number; output: number }) => {
      metrics.modelTokens.inc({ model, direction: 'input' }, input)
      metrics.modelTokens.inc({ model, direction: 'output' }, output)
    },
    embeddedStore: core.database.kind === 'pglite',
    demoFleet: parts.demoFleet,
  })
  return hostFor
}

/** The whole product: one process, one port. */
async function main(): Promise<void> {
  const config = readConfig(process.env)
  const world = config.demo ? await demoWorld() : undefined
  const built = await build({ config, env: process.env, ...(world && { upstreams: world.config, book: world.book }) })
  const [face, model] = await Promise.all([httpFace(built), modelOf(built, world)])

  let pages: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
  const { server, url } = await listen((request, response) => {
    if (face.owns(request.url ?? '/')) face.handle(request, response)
    else if (pages) pages(request, response)
    else response.writeHead(503, { 'retry-after': '1' }).end('Starting')
  }, config)
  server.on('upgrade', face.upgrade)
  built.setUrl(url)
  const hostFor = chatHost(built, { model, url, demoFleet: world !== undefined })
  const chat = await chatHandler()
  beginChat(chat, hostFor({ id: 'quartermaster', name: 'Quartermaster', role: 'viewer' }))
  pages = (request, response) => {
    const who = face.admit(request, response)
    if (who) chat(request, response, hostFor(who.actor))
  }
  await built.core.start({ watching: true })
  // Opened now, so that the first person does not wait for it
  await built.core.database.get().catch((error) => built.log.error({ error }, 'the database cannot be opened'))
  const workers = world?.startWorkers(url)
  const notifications = world?.startNotifications(url, config.webhookToken ?? config.ownerToken)

  console.log(`Quartermaster is at ${config.publicUrl ?? url}`)
  if (world)
    console.log(
      `  fleet: the embedded demo world (set QM_CONFIG or KUBECONFIG for your own); faults: ${world.controlUrl}`,
    )
  if (model.demo)
    console.log('  model: the embedded demo model. For a real one: LLM_BASE_URL=http://your-vllm:8000/v1 npm start')
  console.log(`  MCP: ${url}/mcp   REST: ${url}/docs   metrics: ${url}/metrics`)

  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    workers?.stop()
    notifications?.stop()
    server.close()
    await face.close()
    server.closeAllConnections()
    await built.core.close()
    await model.close?.()
    await world?.close()
    process.exit(0)
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}

try {
  await main()
} catch (error) {
  console.error(explain(error))
  process.exit(1)
}
