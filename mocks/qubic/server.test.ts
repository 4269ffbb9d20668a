import {
  buildSignedTransaction,
  identityFromSeed,
  privateKeyFromSeed,
  publicKeyFromIdentity,
  publicKeyFromSeed,
} from '@qubic.ts/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from '../http-server.ts'
import { fetchJson, type Json, testWorld } from '../testing.ts'
import { startQubic } from './server.ts'

const world = testWorld()
const book = world.book()
let server: RunningServer
beforeAll(async () => {
  server = await startQubic({ world })
})
afterAll(() => server.close())

const get = (path: string) => fetchJson(server.url + path)
const post = (path: string, body: unknown) =>
  fetchJson(server.url + path, { method: 'POST', body: JSON.stringify(body) })
const balanceOf = async (identity: string) => BigInt((await get(`/live/v1/balances/${identity}`)).body.balance.balance)

describe('the chain', () => {
  it('ticks once a second', async () => {
    const before = (await get('/live/v1/tick-info')).body.tickInfo.tick
    world.tick(7)
    expect((await get('/live/v1/tick-info')).body.tickInfo).toMatchObject({ tick: before + 7, duration: 1 })
    expect((await get('/query/v1/getLastProcessedTick')).body.tickNumber).toBe(before + 5)
  })

  it('knows every completed payment of the book, and only those', async () => {
    for (const one of book.transactions) {
      if (!one.chainHash) continue
      const { transaction } = (await post('/query/v1/getTransactionByHash', { hash: one.chainHash })).body
      expect(transaction).toMatchObject({
        hash: one.chainHash,
        amount: String(one.amount),
        source: one.from,
        destination: one.to,
        tickNumber: one.tick,
        moneyFlew: true,
      })
    }
    expect(await post('/query/v1/getTransactionByHash', { hash: 'a'.repeat(60) })).toMatchObject({
      status: 404,
      body: { code: 5, message: 'transaction not found', details: [] },
    })
    expect((await post('/query/v1/getTransactionByHash', { hash: 'X' })).status).toBe(400)
  })

  it('holds in each escrow wallet exactly what is locked', async () => {
    for (const escrow of book.escrows) {
      const held = escrow.state === 'locked' || escrow.state === 'disputed' ? escrow.amount : 0
      expect(await balanceOf(escrow.escrowAddress)).toBe(BigInt(held))
    }
  })

  it('lists the transactions of an identity, newest first, by ranges and pages', async () => {
    const consumer = book.escrows[0]?.consumerAddress ?? ''
    const all = (await post('/query/v1/getTransactionsForIdentity', { identity: consumer, pagination: { size: 1000 } }))
      .body
    const ticks = all.transactions.map((one: Json) => one.tickNumber)
    expect(ticks).toEqual([...ticks].sort((a, b) => b - a))
    expect(all.hits.total).toBe(ticks.length)
    const sent = (
      await post('/query/v1/getTransactionsForIdentity', {
        identity: consumer,
        filters: { source: consumer },
        pagination: { size: 2, offset: 1 },
      })
    ).body
    expect(sent.transactions.length).toBe(2)
    expect(sent.transactions.every((one: Json) => one.source === consumer)).toBe(true)
    const after = (
      await post('/query/v1/getTransactionsForIdentity', {
        identity: consumer,
        ranges: { tickNumber: [{ gte: String(ticks[1]) }] },
      })
    ).body
    expect(after.transactions.length).toBe(2)
    expect((await post('/query/v1/getTransactionsForIdentity', { identity: 'NOT' })).body).toMatchObject({ code: 3 })
  })
})

describe('broadcasting', () => {
  const seed = 'wqbdupxgcaimwdsnchitjmsplzclkqokhadgehdxqogeeiovzvadstt'
  it('takes a signed transaction, includes it at its tick, and does not move money that is not there', async () => {
    const destination = book.providers[0]?.qubicAddress ?? ''
    const { tick } = (await get('/live/v1/tick-info')).body.tickInfo
    const bytes = await buildSignedTransaction(
      {
        sourcePublicKey32: await publicKeyFromSeed(seed),
        destinationPublicKey32: publicKeyFromIdentity(destination),
        amount: 1000n,
        tick: tick + 15,
        inputType: 0,
      },
      await privateKeyFromSeed(seed),
    )
    const encodedTransaction = Buffer.from(bytes).toString('base64')
    const { transactionId, peersBroadcasted } = (await post('/live/v1/broadcast-transaction', { encodedTransaction }))
      .body
    expect(transactionId).toMatch(/^[a-z]{60}$/)
    expect(peersBroadcasted).toBeGreaterThan(0)
    const before = await balanceOf(destination)
    expect((await post('/query/v1/getTransactionByHash', { hash: transactionId })).status).toBe(404)
    world.tick(18)
    const { transaction } = (await post('/query/v1/getTransactionByHash', { hash: transactionId })).body
    expect(transaction).toMatchObject({
      source: await identityFromSeed(seed),
      destination,
      moneyFlew: false,
      tickNumber: tick + 15,
    })
    expect(await balanceOf(destination)).toBe(before)
  })

  it('refuses what is not signed', async () => {
    expect(
      await post('/live/v1/broadcast-transaction', { encodedTransaction: Buffer.alloc(144, 1).toString('base64') }),
    ).toMatchObject({ status: 400, body: { code: 3 } })
    expect((await post('/live/v1/broadcast-transaction', {})).status).toBe(400)
    expect((await get('/v1/tick-info')).status).toBe(404)
  })
})
