const protocol = '2026-07-28'

export interface McpCall {
  body: string
  headers: Record<string, string>
}

/** A tools/call as a client of today sends it: one request that stands alone. */
export function mcpCall(name: string, input: object): McpCall {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': protocol,
    'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  return {
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: input, _meta } }),
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': protocol,
      'mcp-method': 'tools/call',
      'mcp-name': name,
    },
  }
}

interface McpAnswer {
  result?: { content: { text: string }[]; structuredContent: Record<string, unknown>; isError?: boolean }
  error?: { message: string }
}

/** The answer of one call over HTTP. @throws where it is an error */
export async function callOverHttp(url: string, name: string, input: object) {
  const { body, headers } = mcpCall(name, input)
  const answer = await fetch(`${url}/mcp`, { method: 'POST', body, headers })
  const { result, error } = (await answer.json()) as McpAnswer
  if (!result || result.isError) throw new Error(`${name}: ${error?.message ?? result?.content[0]?.text}`)
  return { text: result.content[0]?.text ?? '', structured: result.structuredContent }
}
