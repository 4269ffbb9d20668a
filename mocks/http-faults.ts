import type { ServerResponse } from 'node:http'
import { type Handler, type Request, sendText } from './http-server.ts'

export const HTTP_FAULT_MODES = [
  'refuse',
  'slow',
  'half',
  'garbage',
  'hang',
  '401',
  '403',
  '429',
  '500',
  '503',
] as const
export type HttpFaultMode = (typeof HTTP_FAULT_MODES)[number]

export type ServerName =
  | 'kubernetes'
  | 'prometheus'
  | 'alertmanager'
  | 'loki'
  | 'tempo'
  | 'ray'
  | 'qubic'
  | 'huggingface'
  | 'vllm'

/** A way for a server to misbehave. `path` matches by prefix; `times` counts down and then the fault is over. */
export interface HttpFault {
  id: string
  server: ServerName
  cluster?: string
  mode: HttpFaultMode
  path?: string
  times?: number
  /** How long `slow` waits, milliseconds. */
  delayMs?: number
}

export interface HttpFaults {
  add(fault: Omit<HttpFault, 'id'>): HttpFault
  remove(id: string): boolean
  list(): HttpFault[]
  clear(): void
  /** Breaks every connection to a cluster's servers that is answering now: watches and followed logs. */
  cut(cluster: string): void
  /** Requests seen, newest last; at most a thousand are kept. */
  requests(): SeenRequest[]
  /** For a server that plays its faults itself: asked per request path, it notes the request and gives the fault, if any. */
  hook(where: {
    server: ServerName
    cluster?: string
  }): (path: string) => Pick<HttpFault, 'mode' | 'delayMs'> | undefined
  /** Puts the faults in front of a server. */
  guard(where: { server: ServerName; cluster?: string }, handler: Handler): Handler
}

export interface SeenRequest {
  server: ServerName
  cluster?: string
  method: string
  path: string
}

const SEEN_LIMIT = 1000

export function createHttpFaults({ isDead }: { isDead: (cluster: string) => boolean }): HttpFaults {
  const faults: HttpFault[] = []
  const open = new Map<ServerResponse, string | undefined>()
  let seen: SeenRequest[] = []
  let count = 0

  function match(server: ServerName, cluster: string | undefined, path: string): HttpFault | undefined {
    if (cluster && isDead(cluster)) return { id: 'dead-cluster', server, mode: 'refuse' }
    const fault = faults.find(
      (one) =>
        one.server === server &&
        (!one.cluster || one.cluster === cluster) &&
        (!one.path || path.startsWith(one.path)) &&
        one.times !== 0,
    )
    if (fault?.times !== undefined) fault.times--
    return fault
  }

  function note(request: SeenRequest) {
    seen.push(request)
    if (seen.length > SEEN_LIMIT) seen = seen.slice(SEEN_LIMIT / 2)
  }

  return {
    add(fault) {
      const added = { ...fault, id: `http-${++count}` }
      faults.push(added)
      return added
    },
    remove(id) {
      const index = faults.findIndex((fault) => fault.id === id)
      if (index >= 0) faults.splice(index, 1)
      return index >= 0
    },
    list: () => [...faults],
    clear: () => faults.splice(0),
    cut(cluster) {
      for (const [response, of] of open) if (of === cluster) response.socket?.destroy()
    },
    requests: () => seen,
    hook:
      ({ server, cluster }) =>
      (path) => {
        note({ server, ...(cluster ? { cluster } : {}), method: 'GET', path })
        return match(server, cluster, path)
      },
    guard({ server, cluster }, handler) {
      return async (request, response) => {
        const path = request.url.pathname + request.url.search
        note({ server, ...(cluster ? { cluster } : {}), method: request.method, path })
        open.set(response, cluster)
        response.on('close', () => open.delete(response))
        const fault = match(server, cluster, path)
        if (!fault) return handler(request, response)
        await misbehave(fault, request, response)
        if (fault.mode === 'slow') await handler(request, response)
      }
    },
  }
}

async function misbehave(fault: HttpFault, request: Request, response: ServerResponse): Promise<void> {
  switch (fault.mode) {
    case 'refuse':
      request.incoming.socket.destroy()
      return
    case 'hang':
      return
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? 3000))
      return
    case 'half':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 4096 })
      response.write('{"kind":"List","status":"success","data":{"resultType":"vec')
      setImmediate(() => request.incoming.socket.destroy())
      return
    case 'garbage':
      sendText(response, 200, '<html><body><h1>It works!</h1></body></html>', 'text/html')
      return
    default:
      sendStatus(fault, Number(fault.mode), response)
  }
}

const REASONS: Record<number, string> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
}

/** The error in the shape that server uses. */
function sendStatus({ server }: HttpFault, code: number, response: ServerResponse): void {
  const reason = REASONS[code] ?? 'Unknown'
  const message = `${reason}: injected fault`
  if (code === 429) response.setHeader('retry-after', '1')
  if (code === 401) response.setHeader('www-authenticate', 'Bearer')
  const bodies: Partial<Record<ServerName, unknown>> = {
    kubernetes: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code },
    prometheus: { status: 'error', errorType: code === 503 ? 'unavailable' : 'internal', error: message },
    qubic: { code: 14, message, details: [] },
    vllm: { error: { message, type: reason, code } },
    alertmanager: message,
  }
  const body = bodies[server]
  if (body === undefined) sendText(response, code, `${message}\n`)
  else sendText(response, code, JSON.stringify(body), 'application/json')
}
