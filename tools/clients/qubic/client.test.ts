import { afterEach, describe, expect, it } from 'vitest'
import { configuredEndpoint } from '../endpoint.ts'
import { clientFailures, failureOf } from '../failure-suite.ts'
import type { Http } from '../http.ts'
import { serve, serveJson, type TestServer, testHttp, testSurroundings } from '../testing.ts'
import { createQubic } from './client.ts'
import { loadQubicFormat } from './format.ts'

const open = (url: string, { http = testHttp(), timeoutMs }: { http?: Http; timeoutMs?: number } = {}) =>
  createQubic(
    configuredEndpoint({
      upstream: 'qubic',
      config: { url, timeoutMs },
      where: 'qubic',
      http,
      surroundings: testSurroundings(),
    }),
  )
const identity = 'SUZFFQSCVPHYYBDCQODEMFAOKRJDDDIRJFFIWFLRDDJQRPKMJNOCSSKHXHGK'
const hash = 'ckttbltbmoiyxbawyiqgrtpulwhcrebumsqeromntayxscmkzilxdqidttae'
const codes = { unreachable: 'upstream-unreachable', timeout: 'upstream-timeout', credential: 'qubic' } as const
clientFailures('qubic tick', ({ url, signal, ...setup }) => open(url, setup).tickInfo(signal), codes)
clientFailures('qubic processed tick', ({ url, signal, ...setup }) => open(url, setup).lastProcessedTick(signal), codes)
clientFailures('qubic balance', ({ url, signal, ...setup }) => open(url, setup).balance(identity, signal), codes)
clientFailures('qubic transaction', ({ url, signal, ...setup }) => open(url, setup).transaction(hash, signal), codes)

let server: TestServer
afterEach(() => server?.close())
const sent = {
  hash,
  amount: '9007199254740993',
  source: identity,
  destination: 'BZBQFLLBNCXEMGLOBHUVFTLUPLVCPQUASSILFABOFFBCADQSSUPNWLZBQEXK',
  tickNumber: 20_000_000,
  timestamp: '1763640000000',
  inputType: 0,
  moneyFlew: true,
}

describe('qubic client', () => {
  it('reads amounts that a number cannot hold (PAY-003)', async () => {
    server = await serveJson({ balance: { id: identity, balance: '9007199254740993', validForTick: 20_000_001 } })
    expect(await open(server.url).balance(identity)).toEqual({ balance: 9007199254740993n, validForTick: 20_000_001 })
    expect(server.requests).toEqual([`GET /live/v1/balances/${identity}`])
  })

  it('an amount that has already lost digits is refused', async () => {
    server = await serve((_request, response) =>
      response.end('{"balance":{"balance":9007199254740993,"validForTick":1}}'),
    )
    expect((await failureOf(open(server.url).balance(identity))).code).toBe('upstream-garbage')
  })

  it('reads a transaction, asked by its hash', async () => {
    let body = ''
    server = await serve((_request, response, text) => {
      body = text
      response.end(JSON.stringify({ transaction: sent }))
    })
    expect(await open(server.url).transaction(hash)).toEqual({
      hash,
      source: sent.source,
      destination: sent.destination,
      amount: 9007199254740993n,
      tick: 20_000_000,
      timestampMs: 1763640000000,
      moneyFlew: true,
    })
    expect(JSON.parse(body)).toEqual({ hash })
  })

  it("only the RPC's own word means absent; a proxy's page or a path that it does not have do not", async () => {
    server = await serveJson({ code: 5, message: 'transaction not found', details: [] }, 404)
    expect(await open(server.url).transaction(hash)).toBeUndefined()
    await server.close()
    server = await serveJson({ code: 5, message: 'Not Found', details: [] }, 404)
    expect((await failureOf(open(server.url).transaction(hash))).code).toBe('not-found')
    await server.close()
    server = await serveJson('not here', 404)
    expect((await failureOf(open(server.url).transaction(hash))).code).toBe('not-found')
  })

  it('an answer about another transaction is garbage', async () => {
    server = await serveJson({ transaction: { ...sent, hash: 'b'.repeat(60) } })
    expect((await failureOf(open(server.url).transaction(hash))).code).toBe('upstream-garbage')
  })

  it('a stalled tick chain is two different ticks', async () => {
    server = await serve((request, response) =>
      response.end(
        request.url?.startsWith('/live')
          ? '{"tickInfo":{"tick":105,"duration":1,"epoch":190,"initialTick":1}}'
          : '{"tickNumber":100,"epoch":190}',
      ),
    )
    expect(await open(server.url).tickInfo()).toEqual({ tick: 105, epoch: 190 })
    expect(await open(server.url).lastProcessedTick()).toBe(100)
  })

  it.each([identity.toLowerCase(), `${identity.slice(0, 59)}A`, 'X', '', `${identity}A`, '../../admin'])(
    'identity %j is refused before anything is asked',
    async (text) => {
      const error = await failureOf(open('http://127.0.0.1:1').balance(text))
      expect([error.code, error.options.field]).toEqual(['invalid-input', 'identity'])
    },
  )

  it('a hash of another shape is refused before anything is asked', async () => {
    expect((await failureOf(open('http://127.0.0.1:1').transaction(identity))).options.field).toBe('hash')
  })
})

describe('qubic identities (PAY-003)', () => {
  it('takes the published vectors and the burn address', async () => {
    const { isIdentity } = await loadQubicFormat()
    expect([identity, sent.destination].map(isIdentity)).toEqual([true, true])
    expect(isIdentity(`${'A'.repeat(56)}FXIB`)).toBe(true)
  })

  it('any single changed letter is noticed', async () => {
    const { isIdentity } = await loadQubicFormat()
    for (let index = 0; index < 60; index += 1) {
      const other = identity[index] === 'A' ? 'B' : 'A'
      expect(isIdentity(identity.slice(0, index) + other + identity.slice(index + 1))).toBe(false)
    }
  })
})
