import { afterEach, describe, expect, it } from 'vitest'
import { configuredEndpoint } from '../endpoint.ts'
import { clientFailures, failureOf } from '../failure-suite.ts'
import type { Http } from '../http.ts'
import { serve, serveJson, type TestServer, testHttp, testSurroundings } from '../testing.ts'
import { createHuggingFace } from './client.ts'

const open = (url: string, { http = testHttp(), timeoutMs }: { http?: Http; timeoutMs?: number } = {}) =>
  createHuggingFace(
    configuredEndpoint({
      upstream: 'huggingface',
      config: { url, timeoutMs },
      where: 'huggingface',
      tokenName: 'token',
      http,
      surroundings: testSurroundings(),
    }),
    url,
  )
const codes = {
  unreachable: 'upstream-unreachable',
  timeout: 'upstream-timeout',
  credential: 'huggingface.token',
} as const
const id = 'acme/model'
clientFailures('huggingface model', ({ url, signal, ...setup }) => open(url, setup).model(id, signal), codes)
clientFailures('huggingface config', ({ url, signal, ...setup }) => open(url, setup).config(id, signal), codes)
clientFailures(
  'huggingface search',
  ({ url, signal, ...setup }) => open(url, setup).search('model', { limit: 5, ...(signal && { signal }) }),
  codes,
)

let server: TestServer
afterEach(() => server?.close())
const size = (rfilename: string, bytes: number) => ({ rfilename, size: bytes })

describe('huggingface client', () => {
  it('reads what a repository is, whatever else it holds', async () => {
    server = await serveJson({
      id,
      gated: 'manual',
      pipeline_tag: 'text-generation',
      tags: ['transformers', 'license:apache-2.0'],
      safetensors: { total: 8e9, parameters: { BF16: 8e9 } },
      siblings: [
        size('model-00001-of-00002.safetensors', 10e9),
        size('model-00002-of-00002.safetensors', 6e9),
        size('consolidated.safetensors', 16e9),
        size('original/model.safetensors', 16e9),
        size('README.md', 1000),
      ],
      something: { new: true },
    })
    expect(await open(server.url).model(id)).toEqual({
      id,
      gated: 'manual',
      private: false,
      license: 'apache-2.0',
      pipelineTag: 'text-generation',
      tags: ['transformers', 'license:apache-2.0'],
      weightBytes: 16e9,
      parameters: 8e9,
    })
    expect(server.requests).toEqual(['GET /api/models/acme/model?blobs=true'])
  })

  it('takes a repository without sizes, and members of a kind it does not know', async () => {
    server = await serveJson({
      id,
      gated: false,
      tags: null,
      siblings: [{ rfilename: 'model.safetensors' }],
      downloads: 'many',
    })
    expect(await open(server.url).model(id)).toEqual({ id, gated: false, private: false, tags: [] })
  })

  it('reads a configuration as Python writes it', async () => {
    server = await serve((_request, response) =>
      response.end('{"model_type":"x","time_step_limit":[0.0, Infinity],"a":NaN,"words":"an Infinity, kept"}'),
    )
    expect(await open(server.url).config(id)).toEqual({
      model_type: 'x',
      time_step_limit: [0, null],
      a: null,
      words: 'an Infinity, kept',
    })
  })

  it('follows a repository that was renamed, on the same host only', async () => {
    server = await serve((request, response) => {
      if (request.url?.startsWith('/old'))
        response.writeHead(307, { location: '/new/model/resolve/main/config.json' }).end()
      else response.end('{"model_type":"x"}')
    })
    expect(await open(server.url).config('old/model')).toEqual({ model_type: 'x' })
    expect(server.requests).toHaveLength(2)
  })

  it('does not follow in circles', async () => {
    server = await serve((request, response) => response.writeHead(302, { location: request.url! }).end())
    expect((await failureOf(open(server.url).config(id))).code).toBe('upstream-error')
    expect(server.requests).toHaveLength(4)
  })

  it.each([
    ['GatedRepo', 401, 'upstream-denied', 'gated'],
    ['GatedRepo', 403, 'upstream-denied', 'gated'],
    ['RepoNotFound', 401, 'not-found', 'does not exist'],
    ['EntryNotFound', 404, 'not-found', 'no config.json'],
    ['DisabledRepo', 403, 'upstream-denied', 'disabled'],
  ])('%s with %i is said in words', async (errorCode, status, code, words) => {
    server = await serve((_request, response) => response.writeHead(status, { 'x-error-code': errorCode }).end('{}'))
    const error = await failureOf(open(server.url).config(id))
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(words)])
    expect(error.message).toContain(id)
  })

  it.each(['../../admin', 'a/b/c', 'a b', '', 'a/..'])('id %j is refused before anything is asked', async (text) => {
    const error = await failureOf(open('http://127.0.0.1:1').model(text))
    expect([error.code, error.options.field]).toEqual(['invalid-input', 'model'])
  })

  it('searches with a limit, most downloaded first', async () => {
    server = await serveJson([{ id: 'a/one', gated: 'auto' }, { id: 'a/two' }])
    expect((await open(server.url).search('one two', { limit: 1 })).map((one) => [one.id, one.gated])).toEqual([
      ['a/one', 'auto'],
    ])
    expect(server.requests[0]).toBe('GET /api/models?search=one+two&limit=1&sort=downloads&direction=-1&full=true')
  })
})
