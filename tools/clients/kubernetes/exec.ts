import type { ClientRequest, IncomingMessage } from 'node:http'
import { type ErrorCode, ToolError } from '#contract'
import type { Connection, Endpoint } from '../endpoint.ts'
import { type Attempted, cancelled, fromFailure, fromStatus, timedOut, titleOf } from '../failures.ts'
import type { HttpResponse } from '../http.ts'
import { explainStatus } from './errors.ts'
import { pathOf } from './paths.ts'
import { type ExecQuery, type ExecResult, podKind } from './types.ts'
import { execStatus } from './wire.ts'

/** v5 (1.30 and later) can say that a stream ended; v4 is what every older server speaks. What we read is the same. */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io']
const channel = { stdout: 1, stderr: 2, status: 3 }
const defaultLimitBytes = 4 * 1024 * 1024
const refusalLimitBytes = 64 * 1024

const isDeadline = ({ reason }: AbortSignal) => reason?.name === 'TimeoutError' || /-timeout$/.test(reason?.code ?? '')
/** What a container runtime says of a program that the image does not have. */
const noProgram = /executable file not found|no such file or directory|stat .*: no such file/

function addressOf(baseUrl: string, { namespace, pod, container, command }: ExecQuery): URL {
  const url = new URL(`${baseUrl.replace(/\/+$/, '')}${pathOf(podKind, namespace, pod)}/exec`)
  for (const part of command) url.searchParams.append('command', part)
  if (container !== undefined) url.searchParams.set('container', container)
  url.searchParams.set('stdout', 'true')
  url.searchParams.set('stderr', 'true')
  return url
}

/** The exit code that the last message on the status channel tells. */
function exitCodeOf(text: string, fail: (code: ErrorCode, message: string, next: string) => ToolError) {
  let parsed: ReturnType<typeof execStatus.safeParse> | undefined
  try {
    parsed = execStatus.safeParse(JSON.parse(text))
  } catch {
    parsed = undefined
  }
  if (!parsed?.success)
    throw fail('upstream-garbage', 'said how the program ended in no form we know', 'Look at the proxy in front of it.')
  const { status, message = '', details } = parsed.data
  if (status === 'Success') return { exitCode: 0 }
  const code = details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message
  if (code !== undefined && /^\d+$/.test(code)) return { exitCode: Number(code) }
  if (noProgram.test(message)) return { exitCode: 127, said: message }
  throw fail('upstream-error', `could not run it: ${message.slice(0, 300)}`, 'Look at the pod and its events.')
}

/**
 * Runs one fixed argument list in a container over a WebSocket and waits for its end: no shell, no input. The exit code is an answer;
 * a refusal, a broken connection, too much output and too much time are ToolErrors.
 */
export async function execInPod(
  endpoint: Endpoint,
  query: ExecQuery,
  { credential }: { credential: string },
): Promise<ExecResult> {
  try {
    return await run(endpoint, query, { credential, fresh: false })
  } catch (error) {
    const status = (error as ToolError).options?.details?.status
    if (status !== 401 || !endpoint.canRefresh) throw error
    return run(endpoint, query, { credential, fresh: true })
  }
}

async function run(
  endpoint: Endpoint,
  query: ExecQuery,
  { credential, fresh }: { credential: string; fresh: boolean },
): Promise<ExecResult> {
  const { upstream, cluster } = endpoint
  const { timeoutMs = 10_000, limitBytes = defaultLimitBytes, signal } = query
  const connection = await endpoint.connect(fresh)
  const url = addressOf(connection.baseUrl, query)
  const asked: Attempted = { upstream, cluster, credential, url, mutates: false, timeoutMs, maxBytes: limitBytes }
  if (signal?.aborted) throw isDeadline(signal) ? timedOut(asked) : cancelled(asked)
  const socket = await openSocket(url, connection)
  const fail = (code: ErrorCode, message: string, next: string) =>
    new ToolError(code, `${titleOf(asked)} ${message}.`, { next, cluster, details: { upstream } })

  return new Promise((resolve, reject) => {
    const out: Record<number, Buffer[]> = { [channel.stdout]: [], [channel.stderr]: [], [channel.status]: [] }
    let size = 0
    let settled = false
    const settle = (act: () => void) => {
      if (settled) return
      settled = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      socket.terminate()
      act()
    }
    const giveUp = (error: unknown) => settle(() => reject(error))
    const onAbort = () => giveUp(signal && isDeadline(signal) ? timedOut(asked) : cancelled(asked, signal?.reason))
    const timer = setTimeout(() => giveUp(timedOut(asked)), timeoutMs)
    signal?.addEventListener('abort', onAbort, { once: true })
    const text = (of: number) => Buffer.concat(out[of]!).toString('utf8')

    socket.on('message', (data: Buffer) => {
      size += data.length
      if (size > limitBytes) return giveUp(fromFailure(asked, { stage: 'too-large', errno: 'SIZE', message: '' }))
      out[data[0] ?? -1]?.push(data.subarray(1))
    })
    socket.on('unexpected-response', (_request: ClientRequest, response: IncomingMessage) => {
      refusalOf(response).then((answer) => {
        const explained = explainStatus({ cluster: cluster ?? '', credential }, answer)
        giveUp(explained ?? fromStatus(asked, answer, 0))
      })
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const isHttp = error.code === undefined || error.code.startsWith('HPE_') || error.code.startsWith('WS_')
      const failure = { errno: error.code ?? error.name, message: error.message }
      giveUp(fromFailure(asked, { stage: isHttp ? 'protocol' : 'connect', ...failure }))
    })
    socket.on('close', () =>
      settle(() => {
        try {
          if (out[channel.status]!.length === 0)
            throw fail('upstream-garbage', 'broke off before the program had ended', 'Try again; look at the pod.')
          const { exitCode, said } = exitCodeOf(text(channel.status), fail)
          resolve({ exitCode, stdout: text(channel.stdout), stderr: said ?? text(channel.stderr) })
        } catch (error) {
          reject(error)
        }
      }),
    )
  })
}

async function openSocket(url: URL, { headers, tls }: Connection) {
  // With the first exec, not at start: most processes never need it.
  const [{ WebSocket }, { createAgent }] = await Promise.all([import('ws'), import('../exchange.ts')])
  const agent = createAgent(url.protocol, tls, false)
  const address = url.href.replace(/^http/, 'ws')
  return new WebSocket(address, protocols, {
    agent,
    headers: { 'user-agent': 'quartermaster', ...headers },
    perMessageDeflate: false,
    maxPayload: 16 * 1024 * 1024,
  })
}

/** The HTTP answer of a server that does not switch protocols. */
async function refusalOf(message: IncomingMessage): Promise<HttpResponse> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of message) {
      chunks.push(chunk as Buffer)
      size += (chunk as Buffer).length
      if (size > refusalLimitBytes) break
    }
  } catch {
    // The status alone says enough.
  }
  const body = Buffer.concat(chunks)
  return { status: message.statusCode ?? 0, headers: message.headers, body, text: () => body.toString('utf8') }
}
