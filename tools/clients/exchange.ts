import http from 'node:http'
import https from 'node:https'
import { promisify } from 'node:util'
import zlib from 'node:zlib'

const gunzip = promisify(zlib.gunzip)

/** Whom to trust and who we are on a TLS connection; PEM texts. One object is one pool of kept connections. */
export interface TlsIdentity {
  ca?: string | Buffer
  cert?: string | Buffer
  key?: string | Buffer
  passphrase?: string
  servername?: string
  insecureSkipTlsVerify?: boolean
  /** http://proxy:3128, as a kubeconfig's proxy-url has it */
  proxyUrl?: string
}

export interface HttpResponse {
  status: number
  headers: http.IncomingHttpHeaders
  body: Buffer
  text(): string
}

export interface Exchange {
  url: URL
  method: string
  headers: Record<string, string>
  body?: string | Uint8Array
  signal: AbortSignal
  maxBytes: number
  agent: http.Agent
}

/** `connect`: nothing came back; `protocol`: what came back is not HTTP; `body`: the answer broke off or could not be unpacked. */
export type ExchangeFailure = { stage: 'connect' | 'protocol' | 'body' | 'too-large'; errno: string; message: string }
export type ExchangeResult =
  | { response: HttpResponse; failure?: never }
  | { response?: never; failure: ExchangeFailure }

const tlsOptions = (tls: TlsIdentity | undefined) => ({
  ...(tls?.ca !== undefined && { ca: tls.ca }),
  ...(tls?.cert !== undefined && { cert: tls.cert }),
  ...(tls?.key !== undefined && { key: tls.key }),
  ...(tls?.passphrase !== undefined && { passphrase: tls.passphrase }),
  ...(tls?.servername !== undefined && { servername: tls.servername }),
  ...(tls?.insecureSkipTlsVerify && { rejectUnauthorized: false }),
})

/** A pool of kept connections for one TLS identity. Free sockets do not hold the process open. */
export function createAgent(protocol: string, tls: TlsIdentity | undefined, keepAlive: boolean): http.Agent {
  const proxy = tls?.proxyUrl ? { proxyEnv: { HTTP_PROXY: tls.proxyUrl, HTTPS_PROXY: tls.proxyUrl } } : {}
  const options = { keepAlive, maxSockets: 16, ...proxy }
  return protocol === 'https:' ? new https.Agent({ ...options, ...tlsOptions(tls) }) : new http.Agent(options)
}

const failed = (stage: ExchangeFailure['stage'], error: NodeJS.ErrnoException): ExchangeResult => ({
  failure: { stage, errno: error.code ?? error.name, message: error.message },
})

async function unpack(message: http.IncomingMessage, chunks: Buffer[], maxBytes: number): Promise<ExchangeResult> {
  const packed = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  const isGzip = message.headers['content-encoding'] === 'gzip' && packed.length > 0
  try {
    const body = isGzip ? await gunzip(packed, { maxOutputLength: maxBytes }) : packed
    return {
      response: { status: message.statusCode ?? 0, headers: message.headers, body, text: () => body.toString('utf8') },
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return failed(code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'body', error as NodeJS.ErrnoException)
  }
}

/**
 * One request and its whole answer over node:http, which, unlike fetch, takes a client certificate and a CA without a second copy of
 * undici and tells a broken-off body from a short one. Never rejects: the failure is a value.
 */
export function exchange(call: Exchange): Promise<ExchangeResult> {
  return new Promise((resolve) => {
    const request = call.url.protocol === 'https:' ? https.request : http.request
    const headers = { ...call.headers }
    if (call.body !== undefined) headers['content-length'] = `${Buffer.byteLength(call.body)}`
    let outgoing: http.ClientRequest
    try {
      outgoing = request(call.url, { method: call.method, headers, agent: call.agent, signal: call.signal }, receive)
    } catch (error) {
      // A header with a line break in it, a port out of range: thrown before anything is sent.
      resolve(failed('connect', error as NodeJS.ErrnoException))
      return
    }
    function receive(message: http.IncomingMessage) {
      const chunks: Buffer[] = []
      let size = 0
      message.on('data', (chunk: Buffer) => {
        size += chunk.length
        chunks.push(chunk)
        if (size <= call.maxBytes) return
        resolve(failed('too-large', new Error(`more than ${call.maxBytes} bytes`)))
        outgoing.destroy()
      })
      message.on('error', (error) => resolve(failed('body', error)))
      message.on('close', () => {
        if (!message.complete) resolve(failed('body', new Error('the connection closed before the answer was whole')))
        else resolve(unpack(message, chunks, call.maxBytes))
      })
    }
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      resolve(failed(error.code?.startsWith('HPE_') ? 'protocol' : 'connect', error))
    })
    outgoing.end(call.body)
  })
}
