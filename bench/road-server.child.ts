// One server for road-overhead.ts, in a process of its own: `road` is the product, `bare` the SDK with the same tool.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { createMcpHandler, Server } from '@modelcontextprotocol/server'
import { domains } from '#tools/index.ts'
import { wireForm } from '../mcp-server/faces/mcp-wire.ts'
import { listen } from '../mcp-server/http.ts'
import { build, httpFace, readConfig } from '../mcp-server/main.ts'
import { fullRegistry } from '../mcp-server/surface.ts'
import { trivialDomain, trivialRead } from './trivial-tool.ts'

const [kind, dataDir = ''] = process.argv.slice(2)

/** What the bench asks between rounds. */
type Question = 'audited' | 'verify'

async function road() {
  const config = { ...readConfig({ QM_RATE_LIMITS: 'off' }), port: 0, dataDir, logLevel: 'error' as const }
  const built = await build({ config, env: {}, upstreams: {}, domains: [...domains, trivialDomain] })
  const face = await httpFace(built)
  const { url } = await listen(face.handle, config)
  built.setUrl(url)
  await built.core.start()
  // As in everyday use: the chat has opened it, and every call goes into the chain
  await built.core.database.get()
  process.on('message', async (question: Question) => {
    if (question === 'audited') process.send?.({ audited: (await built.core.audit.list({ limit: 1 }))[0]?.seq ?? 0 })
    else process.send?.({ verified: (await built.core.audit.verify()).ok })
  })
  return url
}

async function bare() {
  const entry = fullRegistry([trivialDomain]).registry.find(trivialRead.name)
  const { name, title, description, inputSchema, outputSchema } = wireForm(entry, false)
  const tools = [{ name, title, description, inputSchema, outputSchema }]
  const handler = createMcpHandler(() => {
    const server = new Server({ name: 'bare', version: '1' }, { capabilities: { tools: {} } })
    server.setRequestHandler('tools/list', () => ({ tools: tools as never }))
    server.setRequestHandler('tools/call', async ({ params }) => {
      const input = trivialRead.input.parse(params.arguments)
      const { data } = await trivialRead.run(input as never, {} as never)
      const structured = { card: 'status', data: trivialRead.output.parse(data), at: new Date().toISOString() }
      return {
        content: [{ type: 'text' as const, text: trivialRead.text(structured.data as never, { shown: 0, total: 0 }) }],
        structuredContent: structured,
      }
    })
    return server
  })
  const server = createServer(getRequestListener((request) => handler.fetch(request), { overrideGlobalObjects: false }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const url = await (kind === 'road' ? road() : bare())
process.on('disconnect', () => process.exit(0))
process.send?.({ url })
