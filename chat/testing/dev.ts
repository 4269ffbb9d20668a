import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { testDatabase } from '#db/testing.ts'
import { startVllm } from '../../mocks/vllm/main.ts'
import { chatHandler } from '../main.ts'
import type { ChatHost } from '../src/lib/server/host.ts'
import { type FleetServer, startFleetServer } from './fleet-server.ts'

export interface DevServer {
  url: string
  fleet: FleetServer
  host: ChatHost
  close(): Promise<void>
}

/** The built chat with stand-ins for everything around it, behind one port as in the product. For screenshots and browser tests. */
export async function startDev(
  options: { port?: number; behaviour?: string; llm?: ChatHost['llm']; tokensPerSecond?: number } = {},
): Promise<DevServer> {
  const fleet = await startFleetServer()
  const model = await startVllm({ tokensPerSecond: options.tokensPerSecond ?? 400, behaviour: options.behaviour })
  const database = await testDatabase()
  const host: ChatHost = {
    db: async () => database.db,
    mcpUrl: fleet.mcpUrl,
    apiUrl: fleet.url,
    llm: options.llm ?? { baseUrl: `${model.url}/v1`, demo: true },
    agentToken: ({ conversation }) => `agent-${conversation}`,
    person: { id: 'local', name: 'Local owner', role: 'owner' },
    log: {
      info: () => {},
      warn: (facts, message) => process.stderr.write(`${message} ${inspect(facts)}\n`),
      error: (facts, message) => process.stderr.write(`${message} ${inspect(facts)}\n`),
    },
    embeddedStore: true,
  }
  const chat = await chatHandler()
  const toFleet = (path: string) =>
    (path.startsWith('/api/') && !path.startsWith('/api/v1/chat')) || path.startsWith('/mcp')
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (!toFleet(request.url ?? '/')) {
      chat(request, response, host)
      return
    }
    const onward = httpRequest(
      `${fleet.url}${request.url}`,
      { method: request.method, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      },
    )
    request.pipe(onward)
    onward.on('error', () => response.destroy())
  })
  server.on('upgrade', (request, socket, head) => fleet.server.emit('upgrade', request, socket, head))
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    fleet,
    host,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await fleet.close()
      await model.close()
      await database.close()
    },
  }
}

if (import.meta.main) {
  const { url } = await startDev({ port: Number(process.env.PORT ?? 0) })
  process.stdout.write(`${url}\n`)
}
