import { DEFAULT_MAX_REQUEST_BODY_SIZE } from '@modelcontextprotocol/server'

/**
 * The body of an MCP request, read and parsed once, for `fetch(request, { parsedBody })`. Left to itself the SDK clones the request and
 * reads it as a web stream, which takes as long as all the rest of a small call. What is too long, of unknown length or no JSON is
 * left to the SDK, so that it refuses it in its own words.
 */
export async function readMcpBody(request: Request): Promise<{ request: Request; parsedBody?: unknown }> {
  const length = Number(request.headers.get('content-length') ?? Number.NaN)
  if (request.method !== 'POST' || !(length <= DEFAULT_MAX_REQUEST_BODY_SIZE)) return { request }
  const text = await request.text().catch(() => '')
  try {
    return { request, parsedBody: JSON.parse(text) }
  } catch {
    const { url, method, headers } = request
    return { request: new Request(url, { method, headers, body: text }) }
  }
}
