import { request as httpRequest } from 'node:http'
import { OBSERVABILITY, type ObservabilityName } from '../world/seed-services.ts'
import type { ServiceProxy } from './server.ts'

/** The API server's way to the observability of a cluster: requests as they came, without the credentials for the API server. */
export function observabilityProxy(urls: Record<ObservabilityName, string>): ServiceProxy {
  return async ({ namespace, name, path }, { incoming, url }, response) => {
    const known = Object.hasOwn(OBSERVABILITY, name) ? (name as ObservabilityName) : undefined
    if (!known || OBSERVABILITY[known].namespace !== namespace) return false
    const { authorization: _, host: _host, ...headers } = incoming.headers
    const target = new URL(`/${path.replace(/^\/+/, '')}${url.search}`, urls[known])
    await new Promise<void>((resolve) => {
      const outgoing = httpRequest(target, { method: incoming.method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
        answer.once('close', resolve)
      })
      outgoing.once('error', () => {
        if (!response.headersSent) response.writeHead(502)
        response.end()
        resolve()
      })
      incoming.pipe(outgoing)
    })
    return true
  }
}
