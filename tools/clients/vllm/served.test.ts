import { afterEach, describe, expect, it } from 'vitest'
import { startVllm } from '../../../mocks/vllm/main.ts'
import { configuredEndpoint } from '../endpoint.ts'
import { clientFailures, failureOf } from '../failure-suite.ts'
import { streamFetch } from '../stream-fetch.ts'
import { serve, type TestServer, testHttp, testSurroundings } from '../testing.ts'
import { createServedModel } from './served.ts'
import type { ServedModel } from './types.ts'

const credential = 'endpoints[test].apiKey'
const opened: ServedModel[] = []
function open(url: string, apiKey?: string): ServedModel {
  const endpoint = configuredEndpoint({
    upstream: 'vllm',
    config: { url, ...(apiKey !== undefined && { bearerToken: apiKey }) },
    where: 'test',
    http: testHttp(),
    surroundings: testSurroundings(),
  })
  const model = createServedModel({
    baseUrl: 'http://endpoint',
    way: streamFetch(endpoint, { credential }),
    credential,
    clock: () => performance.now(),
  })
  opened.push(model)
  return model
}
const question = { model: 'quartermaster-demo', prompt: 'Say something.', maxTokens: 20 }

let server: TestServer | { url: string; close(): Promise<void> } | undefined
afterEach(async () => {
  for (const one of opened.splice(0)) one.close()
  await server?.close()
  server = undefined
})

const codes = { unreachable: 'upstream-unreachable', timeout: 'upstream-timeout', changes: true, credential } as const
const limited = (timeoutMs: number | undefined) => (timeoutMs === undefined ? {} : { timeoutMs })
clientFailures(
  'served model: models',
  ({ url, timeoutMs, signal }) => open(url).models({ ...limited(timeoutMs), ...(signal && { signal }) }),
  codes,
)
clientFailures(
  'served model: completion',
  ({ url, timeoutMs, signal }) => open(url).complete({ ...question, ...limited(timeoutMs), ...(signal && { signal }) }),
  codes,
)
clientFailures(
  'served model: stream',
  ({ url, timeoutMs, signal }) => open(url).stream({ ...question, ...limited(timeoutMs), ...(signal && { signal }) }),
  { ...codes, json: false },
)

const refusing = (status: number, error: object) =>
  serve((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error }))
  })
const chunkOf = (text: string, more: object = {}) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: text }, finish_reason: null, ...more }] })}\n\n`
const streaming = (...parts: string[]) =>
  serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const part of parts) response.write(part)
    response.end()
  })

describe('a served model over the openai client', () => {
  it('lists, completes and streams with times, usage and the reason of its end', async () => {
    server = await startVllm({ tokensPerSecond: 500 })
    const model = open(`${server.url}/v1`)
    expect(await model.models()).toEqual([{ id: 'quartermaster-demo', maxModelLen: 131_072 }])
    const whole = await model.complete(question)
    expect(whole).toMatchObject({ finishReason: 'length', completionTokens: 20 })
    expect(whole.promptTokens).toBeGreaterThan(3)
    let heard = 0
    const streamed = await model.stream({ ...question, onChunk: () => heard++ })
    expect(streamed.text).toBe(whole.text)
    expect(streamed).toMatchObject({ completionTokens: 20, promptTokens: whole.promptTokens, finishReason: 'length' })
    expect(streamed.chunkMs.length).toBe(heard)
    const times = [streamed.sentMs, ...streamed.chunkMs, streamed.endedMs]
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })

  it('sends the key of the endpoint and none of its own', async () => {
    const seen: unknown[] = []
    server = await serve((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end('{"data":[]}')
    })
    await open(server.url).models()
    await open(server.url, 'sk-own').models()
    expect(seen).toEqual([undefined, 'Bearer sk-own'])
  })

  it('counts what a model thinks aloud, and asks /completions of base models', async () => {
    server = await streaming(
      `data: {"choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}\n\n`,
      chunkOf('yes'),
      chunkOf('', { finish_reason: 'stop' }),
      'data: {"choices":[],"usage":{"prompt_tokens":4,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":3}}}\n\n',
      'data: [DONE]\n\n',
    )
    expect(await open(server.url).stream(question)).toMatchObject({
      text: 'hmyes',
      chunkMs: [expect.any(Number), expect.any(Number)],
      promptTokens: 4,
      completionTokens: 2,
      cachedTokens: 3,
      finishReason: 'stop',
    })
    await server.close()
    server = await streaming(
      'data: {"choices":[{"text":"a"}]}\n\n',
      'data: {"choices":[{"text":"","finish_reason":"stop"}]}\n\n',
    )
    expect(await open(server.url).stream({ ...question, api: 'text' })).toMatchObject({ text: 'a' })
    expect((server as TestServer).requests).toEqual(['POST /completions'])
  })
})

describe('what a served model says on a bad day', () => {
  it.each([
    [401, { message: 'Unauthorized' }, 'upstream-denied', 'API key'],
    [404, { message: 'The model `x` does not exist.' }, 'not-found', 'does not serve quartermaster-demo'],
    [429, { message: 'slow down' }, 'rate-limited', '429'],
    [529, { message: 'Service temporarily unavailable' }, 'rate-limited', 'overloaded'],
    [400, { message: 'max_tokens is too large' }, 'invalid-request', 'max_tokens is too large'],
    [503, { message: 'loading' }, 'upstream-error', 'loading'],
  ])('%i', async (status, error, code, words) => {
    server = await refusing(status, error)
    const failure = await failureOf(open(server.url).stream(question))
    expect({ code: failure.code, message: failure.message }).toEqual({ code, message: expect.stringContaining(words) })
    expect(failure.options.next.length).toBeGreaterThan(10)
    expect((server as TestServer).requests).toHaveLength(1)
  })

  it('a first token that does not come ends at its own limit', async () => {
    server = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n')
    })
    const failure = await failureOf(open(server.url).stream({ ...question, firstTokenMs: 60 }))
    expect(failure.code).toBe('upstream-timeout')
    expect(failure.message).toContain('no token within 0.06 s')
  })

  it('a stream that is cut, stops early, is no JSON or never ends is garbage', async () => {
    server = await startVllm({ tokensPerSecond: 100_000, behaviour: 'cut' })
    expect((await failureOf(open(`${server.url}/v1`).stream(question))).code).toBe('upstream-garbage')
    await server.close()
    for (const parts of [
      [chunkOf('a')],
      ['data: {"choices": <<<\n\n'],
      Array.from({ length: 1100 }, () => chunkOf('a')),
    ]) {
      server = await streaming(...parts)
      expect((await failureOf(open(server.url).stream(question))).code).toBe('upstream-garbage')
      await server.close()
    }
  })

  it('an error in the middle of a stream is told in its words', async () => {
    server = await streaming(chunkOf('a'), 'data: {"error":{"message":"CUDA out of memory","code":500}}\n\n')
    const failure = await failureOf(open(server.url).stream(question))
    expect(failure.message).toContain('CUDA out of memory')
    expect(failure.code).toBe('upstream-error')
  })

  it('whoever stops is told so, and the endpoint sees the connection end', async () => {
    const stop = new AbortController()
    const gone = Promise.withResolvers<void>()
    server = await serve((request, response) => {
      request.socket.on('close', () => gone.resolve())
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(chunkOf('a'))
    })
    const failure = await failureOf(
      open(server.url).stream({ ...question, signal: stop.signal, onChunk: () => stop.abort() }),
    )
    expect(failure.code).toBe('cancelled')
    await gone.promise
  })
})
