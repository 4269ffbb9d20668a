import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { listen } from './mcp-server/http.ts'
import { type Built, build, explain, httpFace, readConfig } from './mcp-server/main.ts'

type ChatHandler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

/** What the embedded world needs to be told apart from a real fleet. */
interface World {
  config: { llm?: { baseUrl: string; model?: string } }
  controlUrl: string
  /** The marketplace: providers, jobs, escrows, transactions */
  book: unknown
  close(): Promise<void>
  startWorkers?(productUrl: string): { stop(): void }
}

/** The demo world, when nothing is configured: mock servers on loopback in the real wire formats. */
async function demoWorld(): Promise<World> {
  const { startWorld } = await import('./mocks/main.ts')
  return (await startWorld()) as World
}

async function chatHandler(): Promise<ChatHandler> {
  const built = new URL('./chat/build/handler.js', import.meta.url)
  if (!existsSync(built)) throw new Error('The chat is not built. Run: npm run build')
  return ((await import(built.href)) as { handler: ChatHandler }).handler
}

/** A page somebody without a token sees where one is needed; the token becomes a cookie. */
const signIn = (
  wrong: boolean,
) => `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Quartermaster</title>
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui;display:grid;place-items:center;min-height:90vh}input,button{font:inherit;padding:.5rem}</style>
<form method="post" action="/sign-in"><h1>Quartermaster</h1><p>${wrong ? 'That is not the token.' : 'This server needs a token (QM_TOKEN).'}</p><label>Token <input name="token" type="password" autocomplete="current-password" required></label> <button>Sign in</button></form></html>`

async function signInBody(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) {
    text += chunk
    if (text.length > 4_096) break
  }
  return new URLSearchParams(text).get('token') ?? ''
}

async function main(): Promise<void> {
  const config = readConfig(process.env)
  const demo = config.configFile === undefined && config.kubeconfig === undefined
  const world = demo ? await demoWorld() : undefined
  const built: Built = await build({
    config,
    env: process.env,
    ...(world && { upstreams: world.config, book: world.book }),
  })
  const face = await httpFace(built)
  const chat = await chatHandler()

  let llm = built.llm && { ...built.llm, demo: world !== undefined && config.llm === undefined }
  let demoModel: { url: string; close(): Promise<void> } | undefined
  if (!llm) {
    const { startVllm } = await import('./mocks/vllm/main.ts')
    const started = await startVllm({ now: () => Date.now() })
    demoModel = started
    llm = { baseUrl: `${started.url}/v1`, demo: true }
  }

  let address = ''
  const host = (person: { id: string; name: string; role: string }) => ({
    db: async () => (await built.core.database.get()).db,
    mcpUrl: `${address}/mcp`,
    apiUrl: address,
    llm,
    agentToken: (claims: { conversation: string; persona: string; clusters: string[] }) =>
      built.core.identity.issueAgentToken({
        sub: person.id,
        name: person.name,
        role: person.role as 'owner',
        ...claims,
      }),
    person,
    log: built.log,
    onTokens: ({ model, input, output }: { model: string; input: number; output: number }) => {
      built.metrics.modelTokens.inc({ model, direction: 'input' }, input)
      built.metrics.modelTokens.inc({ model, direction: 'output' }, output)
    },
    embeddedStore: built.core.database.kind === 'pglite',
    demoFleet: world !== undefined,
  })

  const { server, url } = await listen((request, response) => {
    const path = request.url ?? '/'
    if (face.owns(path)) return face.handle(request, response)
    if (path === '/sign-in' && request.method === 'POST' && config.ownerToken) {
      signInBody(request).then(
        (token) => {
          const secure = config.publicUrl?.startsWith('https:') ? '; Secure' : ''
          const right = token === config.ownerToken
          response.writeHead(
            right ? 303 : 401,
            right
              ? { location: '/', 'set-cookie': `qm_token=${token}; HttpOnly; SameSite=Strict; Path=/${secure}` }
              : { 'content-type': 'text/html' },
          )
          response.end(right ? '' : signIn(true))
        },
        () => response.writeHead(400).end(),
      )
      return
    }
    try {
      const { actor } = face.person(request)
      Object.assign(request, { quartermaster: host(actor) })
    } catch (error) {
      const unauthenticated = (error as { code?: string }).code === 'unauthenticated'
      response.writeHead(unauthenticated ? 401 : 403, { 'content-type': unauthenticated ? 'text/html' : 'text/plain' })
      response.end(unauthenticated ? signIn(false) : explain(error))
      return
    }
    chat(request, response, () => response.writeHead(404).end('Not found'))
  }, config)
  address = url
  server.on('upgrade', face.upgrade)
  built.setUrl(url)
  await built.core.start()
  const workers = world?.startWorkers?.(url)

  console.log(`Quartermaster is at ${config.publicUrl ?? url}`)
  if (world)
    console.log(
      `  fleet: the embedded demo world (set QM_CONFIG or KUBECONFIG for your own); faults: ${world.controlUrl}`,
    )
  if (llm.demo)
    console.log('  model: the embedded demo model. For a real one: LLM_BASE_URL=http://your-vllm:8000/v1 npm start')
  console.log(`  MCP: ${url}/mcp   REST: ${url}/docs   metrics: ${url}/metrics`)

  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    workers?.stop()
    server.close()
    server.closeAllConnections()
    await face.close()
    await built.core.close()
    await demoModel?.close()
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
