import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { readConfig } from '../config.ts'
import { startApp, type TestApp } from '../testing/app.ts'
import { newShelf, shelfDomain } from '../testing/domain.ts'
import { createRateLimits, defaultRates, readRates } from './rate-limits.ts'

let app: TestApp | undefined
afterEach(async () => {
  await app?.close()
  app = undefined
})

const start = async (requests = { perMinute: 60, burst: 2 }) => {
  const at = { ms: Date.parse('2026-11-20T12:00:00Z') }
  app = await startApp({
    domains: [shelfDomain(newShelf())],
    config: { rateLimits: { ...defaultRates, requests } },
    now: () => new Date(at.ms),
  })
  const { url } = app
  return { at, ask: (init?: RequestInit) => fetch(`${url}/api/v1/things`, init), url }
}

describe('rate limits over HTTP (SEC-036, SEC-037)', () => {
  it('tell what is left, refuse with a wait, and let through after it', async () => {
    const { at, ask } = await start()
    const first = await ask()
    expect(first.status).toBe(200)
    expect(first.headers.get('x-ratelimit-limit')).toBe('60')
    expect(first.headers.get('x-ratelimit-remaining')).toBe('1')
    expect(first.headers.get('x-ratelimit-reset')).toBe('1')
    await ask()
    const refused = await ask()
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0')
    const { error } = (await refused.json()) as { error: { code: string; message: string; next: string } }
    expect(error).toMatchObject({ code: 'rate-limited', message: 'More than 60 requests a minute.' })
    expect(error.next).toContain('Wait 1 s')
    at.ms += 1_000
    expect((await ask()).status).toBe(200)
  })

  it('count MCP apart, so that a busy script does not lock out the page; workers and health are not counted', async () => {
    const { ask, url } = await start({ perMinute: 60, burst: 1 })
    const mcp = () =>
      fetch(`${url}/mcp`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }),
      })
    expect((await mcp()).status).toBe(200)
    expect((await mcp()).status).toBe(429)
    expect((await ask()).status).toBe(200)
    expect((await ask()).status).toBe(429)
    const worker = { method: 'POST', headers: { authorization: 'Bearer qmw_x', 'content-type': 'application/json' } }
    for (let count = 0; count < 4; count += 1) {
      expect((await fetch(`${url}/api/v1/tools/report_in`, { ...worker, body: '{}' })).status).not.toBe(429)
      expect((await fetch(`${url}/health`)).status).toBe(200)
    }
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`)
    await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject))
    socket.close()
  })
})

describe('who is limited', () => {
  const person = { id: 'ada', name: 'Ada', role: 'owner', clusters: '*', kind: 'human' } as const
  const refusals = (actors: readonly Parameters<ReturnType<typeof createRateLimits>['take']>[1][]) => {
    const limits = createRateLimits({ ...defaultRates, messages: { perMinute: 30, burst: 2 } }, () => new Date(0))
    return actors.map((actor) => {
      try {
        limits.take('messages', actor)
        return 'ok'
      } catch {
        return 'refused'
      }
    })
  }

  it('each person on their own', () => {
    expect(refusals([person, person, person, { ...person, id: 'bob' }])).toEqual(['ok', 'ok', 'refused', 'ok'])
  })

  it('not the agent of a conversation and not a worker', () => {
    const agent = { ...person, kind: 'agent', conversation: 'c1' } as const
    const worker = { ...person, kind: 'worker' } as const
    expect(refusals([agent, agent, agent, worker, worker, worker])).toEqual(Array(6).fill('ok'))
  })
})

describe('QM_RATE_LIMITS', () => {
  it('is off, or names what differs', () => {
    expect(readRates('off')).toBeUndefined()
    expect(readRates(undefined)).toEqual(defaultRates)
    expect(readRates('messages=60/10, queries=5/1')).toEqual({
      ...defaultRates,
      messages: { perMinute: 60, burst: 10 },
      queries: { perMinute: 5, burst: 1 },
    })
  })

  it.each(['none', 'messages=0/1', 'mesages=1/1', 'messages=60'])('refuses %s at start', (value) => {
    expect(() => readConfig({ QM_RATE_LIMITS: value })).toThrow(/QM_RATE_LIMITS/)
  })
})
