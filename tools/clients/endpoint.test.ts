import { describe, expect, it } from 'vitest'
import { createEndpoint, formOf } from './endpoint.ts'
import { serve, testHttp } from './testing.ts'

describe('endpoint', () => {
  it('joins a path prefix, a path with its own query and more', async () => {
    const server = await serve((_request, response) => response.end('{}'))
    const connector = { canRefresh: false, connect: async () => ({ baseUrl: `${server.url}/prefix/`, headers: {} }) }
    const endpoint = createEndpoint({ upstream: 'ray', credential: 'c', connector, http: testHttp() })
    await endpoint.call({ path: '/a' })
    await endpoint.call({ path: '/a?x=1', query: { y: 'z&', none: undefined } })
    expect(server.requests).toEqual(['GET /prefix/a', 'GET /prefix/a?x=1&y=z%26'])
    await server.close()
  })

  it('forms repeat lists and leave out what is not given', () => {
    expect(formOf({ a: 1, b: undefined, c: ['x', 'y'], d: false }).toString()).toBe('a=1&c=x&c=y&d=false')
  })
})
