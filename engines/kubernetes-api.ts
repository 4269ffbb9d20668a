import { request } from 'node:https'

export type ApiAnswer = { status: number; body: unknown }
export type ApiCall = { method?: string; path: string; body?: unknown; contentType?: string; token?: string }
export type KubernetesApi = (call: ApiCall) => Promise<ApiAnswer>

/** A bare HTTPS client for one API server, so that engines and smoke tests share no code with the product's client. */
export function kubernetesApi(server: { url: string; caPem: string; token: string }): KubernetesApi {
  return ({ method = 'GET', path, body, contentType = 'application/json', token = server.token }) =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, accept: 'application/json', 'content-type': contentType }
      const outgoing = request(new URL(path, server.url), { method, headers, ca: server.caPem }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: parse(Buffer.concat(chunks).toString('utf8')) })
        })
      })
      outgoing.on('error', reject)
      outgoing.end(body === undefined ? undefined : JSON.stringify(body))
    })
}

/** The body of a call that must succeed; throws with the server's own words otherwise. */
export async function mustSucceed(api: KubernetesApi, call: ApiCall): Promise<unknown> {
  const { status, body } = await api(call)
  if (status < 300) return body
  throw new Error(`${call.method ?? 'GET'} ${call.path} answered ${status}: ${JSON.stringify(body).slice(0, 500)}`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
