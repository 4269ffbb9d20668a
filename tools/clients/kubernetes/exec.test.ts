import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { failureOf } from '../failure-suite.ts'
import { refusedUrl, serve, serveNoise } from '../testing.ts'
import { openKubernetes, refusal } from './testing.ts'

const command = ['nvidia-smi', '-L']
const ask = (url: string, more: { timeoutMs?: number; limitBytes?: number; signal?: AbortSignal } = {}) =>
  openKubernetes(url).execInPod({ namespace: 'gpu-operator', pod: 'driver-a', command, ...more })

const closers: (() => unknown)[] = []
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

/** A server of the channel protocol: `speak` says what a connection is told. */
async function serveExec(speak: (socket: WebSocket) => void, protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io']) {
  const seen: { url: string; offered: string[]; authorization?: string }[] = []
  const http = createServer()
  const handleProtocols = (offered: Set<string>) => protocols.find((one) => offered.has(one)) ?? false
  const sockets = new WebSocketServer({ server: http, handleProtocols })
  sockets.on('connection', (socket, request) => {
    const { authorization } = request.headers
    const offered = String(request.headers['sec-websocket-protocol']).split(/, ?/)
    seen.push({ url: request.url ?? '', offered, ...(authorization && { authorization }) })
    speak(socket)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    for (const socket of sockets.clients) socket.terminate()
    return new Promise((resolve) => http.close(resolve))
  })
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, seen }
}
const frame = (channel: number, text: string) => Buffer.concat([Buffer.from([channel]), Buffer.from(text)])
const ended = (status: object) => (socket: WebSocket) => {
  socket.send(frame(3, JSON.stringify(status)))
  socket.close()
}
const success = ended({ metadata: {}, status: 'Success' })

describe('execInPod (GPU-005)', () => {
  it.each(['v5.channel.k8s.io', 'v4.channel.k8s.io'])('speaks %s and puts the channels together', async (protocol) => {
    const { url, seen } = await serveExec(
      (socket) => {
        for (const text of ['GPU 0', ': NVIDIA H100 ', 'é']) socket.send(frame(1, text))
        socket.send(frame(2, 'a warning'))
        if (protocol.startsWith('v5')) socket.send(Buffer.from([255, 1]))
        success(socket)
      },
      [protocol],
    )
    expect(await ask(url)).toEqual({ exitCode: 0, stdout: 'GPU 0: NVIDIA H100 é', stderr: 'a warning' })
    expect(seen[0]!.offered).toEqual(['v5.channel.k8s.io', 'v4.channel.k8s.io'])
    expect(seen[0]!.url).toBe(
      '/api/v1/namespaces/gpu-operator/pods/driver-a/exec?command=nvidia-smi&command=-L&stdout=true&stderr=true',
    )
  })

  it('takes the exit code of a program that failed', async () => {
    const details = { causes: [{ reason: 'ExitCode', message: '9' }] }
    const { url } = await serveExec((socket) => {
      socket.send(frame(1, 'no driver'))
      ended({ status: 'Failure', reason: 'NonZeroExitCode', message: 'exit status 9', details })(socket)
    })
    expect(await ask(url)).toEqual({ exitCode: 9, stdout: 'no driver', stderr: '' })
  })

  it('reads 127 where the image has no such program', async () => {
    const message = 'exec: "nvidia-smi": executable file not found in $PATH: unknown'
    const { url } = await serveExec(ended({ status: 'Failure', reason: 'InternalError', message }))
    expect(await ask(url)).toEqual({ exitCode: 127, stdout: '', stderr: message })
  })

  it.each([
    [
      'another failure of the runtime',
      ended({ status: 'Failure', message: 'container not running' }),
      'upstream-error',
    ],
    [
      'a status that is no JSON',
      (socket: WebSocket) => {
        socket.send(frame(3, 'oops'))
        socket.close()
      },
      'upstream-garbage',
    ],
    ['an end without a status', (socket: WebSocket) => socket.close(), 'upstream-garbage'],
    [
      'a connection that breaks in mid output',
      (socket: WebSocket) => {
        socket.send(frame(1, 'GPU'))
        setImmediate(() => socket.terminate())
      },
      'upstream-garbage',
    ],
  ])('%s is an error', async (_, speak, code) => {
    const { url } = await serveExec(speak)
    const error = await failureOf(ask(url))
    expect([error.code, error.options.cluster]).toEqual([code, 'gpu-east'])
  })

  it('stops a program that prints more than asked for', async () => {
    const { url } = await serveExec((socket) => socket.send(frame(1, 'x'.repeat(5000))))
    const error = await failureOf(ask(url, { limitBytes: 4000 }))
    expect([error.code, error.message]).toEqual(['upstream-error', expect.stringContaining('more than 4000 bytes')])
  })

  it('stops waiting: its own time-out, a deadline, an abort', async () => {
    const { url } = await serveExec(() => {})
    expect((await failureOf(ask(url, { timeoutMs: 50 }))).code).toBe('upstream-timeout')
    expect((await failureOf(ask(url, { signal: AbortSignal.timeout(50) }))).code).toBe('upstream-timeout')
    const stop = new AbortController()
    const { url: other } = await serveExec(() => stop.abort())
    expect((await failureOf(ask(other, { signal: stop.signal }))).code).toBe('cancelled')
    expect((await failureOf(ask(other, { signal: AbortSignal.abort() }))).code).toBe('cancelled')
  })

  it.each([
    [401, refusal(401, 'Unauthorized'), 'upstream-denied'],
    [
      403,
      refusal(403, 'Forbidden', { message: 'pods "driver-a" is forbidden: cannot create pods/exec' }),
      'upstream-denied',
    ],
    [404, refusal(404, 'NotFound'), 'not-found'],
    [429, 'slow down', 'rate-limited'],
    [500, 'panic', 'upstream-error'],
    [302, '', 'upstream-error'],
    [200, '<html>Sign in</html>', 'upstream-error'],
  ])('a server that answers %i instead of switching protocols', async (status, body, code) => {
    const server = await serve((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    })
    closers.push(() => server.close())
    expect((await failureOf(ask(server.url))).code).toBe(code)
  })

  it('refused, noise, a server that closes at once, a server that knows neither protocol', async () => {
    expect((await failureOf(ask(await refusedUrl()))).code).toBe('cluster-unreachable')
    const noise = await serveNoise()
    const closing = await serve((request) => request.socket.destroy())
    closers.push(
      () => noise.close(),
      () => closing.close(),
    )
    expect((await failureOf(ask(noise.url))).code).toBe('upstream-garbage')
    expect((await failureOf(ask(closing.url))).code).toBe('cluster-unreachable')
    const { url } = await serveExec(success, ['v3.channel.k8s.io'])
    expect((await failureOf(ask(url))).code).toBe('upstream-garbage')
  })

  it('shows who we are as every request does', async () => {
    const { url, seen } = await serveExec(success)
    await openKubernetes(url, { token: 'canary' }).execInPod({ namespace: 'a', pod: 'b', command })
    expect(seen[0]!.authorization).toBe('Bearer canary')
  })
})
