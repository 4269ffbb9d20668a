import { Client as Client2, StreamableHTTPClientTransport as Http2 } from '@modelcontextprotocol/client'
import { StdioClientTransport as Stdio2 } from '@modelcontextprotocol/client/stdio'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as Stdio1 } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport as Http1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import type { Answer } from '#contract'

export interface Asking {
  message: string
  requestedSchema: { properties: Record<string, object>; required?: string[] }
}
export interface Told {
  action: 'accept' | 'decline' | 'cancel'
  content?: Record<string, string>
}

export interface ConnectOptions {
  /** `current` speaks 2026-07-28, `older` 2025-11-25 */
  era: 'current' | 'older'
  /** An address of /mcp, or a program to start */
  to: URL | { args: string[]; env?: Record<string, string> }
  headers?: Record<string, string>
  /** What the user of a client with elicitation says */
  elicit?: (asking: Asking) => Told
}

export interface ToolAnswer {
  text: string
  structured: Answer
  isError: boolean
  /** Bytes of each channel */
  bytes: { text: number; structured: number }
}

export interface Connected {
  client: Client1 | Client2
  protocol: string | undefined
  /** stderr of a program so far */
  stderr(): string
  tools(): Promise<Awaited<ReturnType<Client1['listTools']>>['tools']>
  call(name: string, input?: Record<string, unknown>, options?: { signal?: AbortSignal }): Promise<ToolAnswer>
  close(): Promise<void>
}

const info = { name: 'quartermaster-test', version: '1.0.0' }

/** A real client of the SDK of that era, over HTTP or stdio. */
export async function connect({ era, to, headers = {}, elicit }: ConnectOptions): Promise<Connected> {
  const capabilities = elicit ? { elicitation: {} } : {}
  const overHttp = to instanceof URL
  const program = overHttp
    ? undefined
    : {
        command: process.execPath,
        args: to.args,
        env: { PATH: process.env.PATH ?? '', ...to.env },
        stderr: 'pipe' as const,
      }
  let errors = ''
  const listen = (transport: Stdio1 | Stdio2) => {
    transport.stderr?.on('data', (chunk) => {
      errors += String(chunk)
    })
    return transport
  }
  let client: Client1 | Client2
  let protocol: () => string | undefined
  if (era === 'current') {
    const made = new Client2(info, { capabilities, versionNegotiation: { mode: 'auto' } })
    if (elicit)
      made.setRequestHandler('elicitation/create', async ({ params }) => elicit(params as unknown as Asking) as never)
    await made.connect(
      overHttp ? new Http2(to, { requestInit: { headers } }) : (listen(new Stdio2(program!)) as Stdio2),
    )
    protocol = () => made.getNegotiatedProtocolVersion()
    client = made
  } else {
    const made = new Client1(info, { capabilities })
    if (elicit)
      made.setRequestHandler(
        ElicitRequestSchema,
        async ({ params }) => elicit(params as unknown as Asking) as unknown as { action: 'accept' },
      )
    const transport = overHttp ? new Http1(to, { requestInit: { headers } }) : (listen(new Stdio1(program!)) as Stdio1)
    await made.connect(transport as Stdio1)
    protocol = () => (transport as Http1).protocolVersion ?? '2025-11-25'
    client = made
  }
  return {
    client,
    protocol: protocol(),
    stderr: () => errors,
    tools: async () => (await client.listTools()).tools as never,
    async call(name, input = {}, options = {}) {
      const params = { name, arguments: input }
      const answer =
        client instanceof Client1
          ? await client.callTool(params, undefined, options)
          : await client.callTool(params, options)
      const [first] = (answer.content ?? []) as { type: string; text: string }[]
      const text = first?.text ?? ''
      return {
        text,
        structured: answer.structuredContent as Answer,
        isError: answer.isError === true,
        bytes: {
          text: Buffer.byteLength(text),
          structured: Buffer.byteLength(JSON.stringify(answer.structuredContent ?? {})),
        },
      }
    },
    close: () => client.close(),
  }
}

/** The user of a client with elicitation: says these one after the other, then the last again; `shown` is what was asked. */
export function user(...says: Told[]) {
  const shown: Asking[] = []
  return {
    shown,
    elicit: (asking: Asking): Told => {
      shown.push(asking)
      return says[shown.length - 1] ?? says.at(-1)!
    },
  }
}
