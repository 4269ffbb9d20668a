import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

/** Ways in which a server can let its callers down, set from outside. */

export interface Fault {
  mode: 'refuse' | 'slow' | 'half' | 'garbage' | 'hang' | '401' | '403' | '429' | '500' | '503'
  /** For `slow`; default 3 seconds. */
  delayMs?: number
}

/** Asked for each request path; undefined lets it through. */
export type FaultHook = (path: string) => Fault | undefined

const bodies: Record<string, string> = {
  401: 'Unauthorized\n',
  403: 'Forbidden\n',
  429: 'Too Many Requests\n',
  500: 'Internal Server Error\n',
  503: 'Service Unavailable\n',
}

/**
 * Plays the fault. Answers true where the request is over (or will hang), false where the true answer should follow.
 * `half` is played by the caller of the returned answer, because it needs that answer.
 */
export async function playFault(fault: Fault, response: ServerResponse): Promise<boolean> {
  const body = bodies[fault.mode]
  if (body !== undefined) {
    const headers: Record<string, string> = { 'content-type': 'text/plain; charset=utf-8' }
    if (fault.mode === '429') headers['retry-after'] = '1'
    if (fault.mode === '401') headers['www-authenticate'] = 'Bearer'
    response.writeHead(Number(fault.mode), headers).end(body)
    return true
  }
  if (fault.mode === 'refuse') response.socket?.destroy()
  if (fault.mode === 'garbage') {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"success","data":{"resultType":')
  }
  if (fault.mode === 'slow') await delay(fault.delayMs ?? 3000)
  return fault.mode === 'refuse' || fault.mode === 'garbage' || fault.mode === 'hang'
}

/** Promises the whole body, sends half of it and hangs up. */
export function sendHalf(response: ServerResponse, body: Buffer): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(body.length) })
  response.write(body.subarray(0, Math.ceil(body.length / 2)), () => response.socket?.destroy())
}
