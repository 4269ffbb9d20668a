import type { IncomingMessage } from 'node:http'
import http from 'node:http'
import https from 'node:https'
import { StringDecoder } from 'node:string_decoder'
import { ToolError } from '#contract'
import { addressOf, type Endpoint } from '../endpoint.ts'
import { explainStatus } from './errors.ts'
import { pathOf } from './paths.ts'
import type { KubeObject, ResourceKind } from './types.ts'

/** One line of a watch. */
export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  object: KubeObject
}

/** A line longer than any object that etcd stores is no event. */
const longestLine = 8 * 1024 * 1024
const longestRefusal = 64 * 1024
/** A peer that is gone without a word is noticed by the kernel this soon, and ten probes of a second later. */
const keepAliveMs = 10_000

export interface WatchOptions {
  kind: ResourceKind
  resourceVersion: string
  /** The server ends the watch after this long */
  timeoutSeconds: number
  credential: string
  signal: AbortSignal
  /** The server has taken the watch */
  onOpen: () => void
  /** Something came, be it only a bookmark. Throwing ends the watch with that error. */
  onEvent: (event: WatchEvent) => void
}

/**
 * One watch, until the server ends it as agreed. It holds no process open.
 * @throws ToolError where it is refused, breaks off or says nonsense; details.status is 410 where the version is too old
 */
export async function watchOnce(endpoint: Endpoint, options: WatchOptions): Promise<void> {
  try {
    await run(endpoint, options, false)
  } catch (error) {
    const status = (error as ToolError).options?.details?.status
    if (status !== 401 || !endpoint.canRefresh) throw error
    await run(endpoint, options, true)
  }
}

async function run(endpoint: Endpoint, options: WatchOptions, fresh: boolean): Promise<void> {
  const { kind, resourceVersion, timeoutSeconds, signal } = options
  const { baseUrl, headers, tls } = await endpoint.connect(fresh)
  const { createAgent } = await import('../exchange.ts')
  const query = { watch: true, allowWatchBookmarks: true, resourceVersion, timeoutSeconds }
  const url = new URL(addressOf(baseUrl, { path: pathOf(kind), query }))
  const broke = (what: string, cause?: unknown) =>
    new ToolError('upstream-unreachable', `The watch on ${kind.resource} of ${endpoint.cluster} ${what}.`, {
      next: 'The next question lists for real.',
      cluster: endpoint.cluster,
      cause,
    })
  await new Promise<void>((resolve, reject) => {
    const agent = createAgent(url.protocol, tls, false)
    const request = url.protocol === 'https:' ? https.request : http.request
    const outgoing = request(
      url,
      { agent, signal, headers: { 'user-agent': 'quartermaster', accept: 'application/json', ...headers } },
      (message) => {
        if (message.statusCode !== 200) return refuse(message)
        options.onOpen()
        read(message)
      },
    )
    const fail = (error: unknown) => {
      reject(error)
      outgoing.destroy()
    }
    const refuse = (message: IncomingMessage) => {
      const chunks: Buffer[] = []
      let size = 0
      message.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size < longestRefusal) chunks.push(chunk)
      })
      message.on('error', (error) => fail(broke('was refused', error)))
      message.on('end', () => {
        const body = Buffer.concat(chunks)
        const answer = { status: message.statusCode ?? 0, headers: message.headers, body, text: () => body.toString() }
        const place = { cluster: endpoint.cluster ?? '', credential: options.credential }
        fail(explainStatus(place, answer) ?? broke(`was refused with ${answer.status}`))
      })
    }
    const read = (message: IncomingMessage) => {
      const decoder = new StringDecoder('utf8')
      let rest = ''
      message.on('data', (chunk: Buffer) => {
        const lines = (rest + decoder.write(chunk)).split('\n')
        rest = lines.pop() ?? ''
        try {
          if (rest.length > longestLine) throw broke('sent a line without end')
          for (const line of lines) if (line !== '') options.onEvent(eventOf(line, broke))
        } catch (error) {
          fail(error)
        }
      })
      message.on('error', (error) => fail(broke('broke off', error)))
      message.on('close', () => (message.complete ? resolve() : fail(broke('broke off'))))
    }
    outgoing.on('socket', (socket) => {
      socket.setKeepAlive(true, keepAliveMs)
      socket.unref()
    })
    outgoing.on('error', (error) => fail(broke('broke off', error)))
    outgoing.end()
  })
}

function eventOf(line: string, broke: (what: string, cause?: unknown) => ToolError): WatchEvent {
  let parsed: { type?: unknown; object?: { code?: unknown; message?: unknown; metadata?: unknown } }
  try {
    parsed = JSON.parse(line)
  } catch (error) {
    throw broke('sent what is not JSON', error)
  }
  const { type, object } = parsed
  if (type === 'ERROR') {
    const status = Number(object?.code) || undefined
    throw new ToolError('upstream-error', `The watch ended: ${String(object?.message).slice(0, 200)}`, {
      next: 'The next question lists for real.',
      details: { status },
    })
  }
  const isKnown = type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED' || type === 'BOOKMARK'
  if (!isKnown || typeof object?.metadata !== 'object') throw broke('sent an event that is none')
  return { type, object: object as KubeObject }
}
