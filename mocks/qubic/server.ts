import { verifyIdentity } from '@qubic.ts/core'
import { type Handler, type Request, type RunningServer, sendJson, startServer } from '../http-server.ts'
import { EPOCH, FIRST_TICK } from '../world/qubic-chain.ts'
import type { World } from '../world/world.ts'
import { type ChainTransaction, createChain } from './chain.ts'

export interface QubicOptions {
  world: World
  port?: number
  guard?: (handler: Handler) => Handler
}

/** An error in the shape of grpc-gateway. */
class RpcError extends Error {
  readonly status: number
  readonly code: number

  constructor(status: number, code: number, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

interface TransactionFilter {
  identity?: string
  filters?: Record<string, string>
  ranges?: {
    tickNumber?: { gte?: string | number; lte?: string | number; gt?: string | number; lt?: string | number }[]
  }
  pagination?: { offset?: number; size?: number }
}

const wire = (one: ChainTransaction) => ({
  hash: one.hash,
  amount: String(one.amount),
  source: one.source,
  destination: one.destination,
  tickNumber: one.tickNumber,
  timestamp: String(one.timestampMs),
  inputType: one.inputType,
  inputSize: one.inputSize,
  inputData: one.inputData,
  signature: one.signature,
  moneyFlew: one.moneyFlew,
})

/** Qubic RPC 2.0 over the world's chain: one tick a second, the marketplace's own payments, and what is broadcast to it. */
export function startQubic({ world, port = 0, guard }: QubicOptions): Promise<RunningServer> {
  const chain = createChain({ book: world.book(), bootMs: world.bootMs, now: world.now })

  function identityOf(text: string | undefined): string {
    if (!text || !/^[A-Z]{60}$/.test(text) || !verifyIdentity(text)) throw new RpcError(400, 3, 'invalid identity')
    return text
  }

  async function answer(request: Request): Promise<unknown> {
    const { pathname } = request.url
    const { method } = request
    const body = async <T>() => {
      try {
        return JSON.parse((await request.text()) || '{}') as T
      } catch {
        throw new RpcError(400, 3, 'invalid request body')
      }
    }
    if (method === 'GET' && pathname === '/live/v1/tick-info') {
      return { tickInfo: { tick: chain.tick(), duration: 1, epoch: EPOCH, initialTick: FIRST_TICK - 200_000 } }
    }
    const balanceOf = /^\/live\/v1\/balances\/([^/]+)$/.exec(pathname)?.[1]
    if (balanceOf) return balance(identityOf(balanceOf))
    if (method === 'GET' && pathname === '/query/v1/getLastProcessedTick') {
      const tickNumber = chain.lastProcessedTick()
      return { tickNumber, epoch: EPOCH, intervalInitialTick: FIRST_TICK - 200_000, lastProcessedLogTick: tickNumber }
    }
    if (method === 'GET' && pathname === '/query/v1/getProcessedTickIntervals') {
      return [{ epoch: EPOCH, firstTick: FIRST_TICK - 200_000, lastTick: chain.lastProcessedTick() }]
    }
    if (method === 'POST' && pathname === '/query/v1/getTransactionByHash') {
      const { hash } = await body<{ hash?: string }>()
      if (!hash || !/^[a-z]{60}$/.test(hash)) throw new RpcError(400, 3, 'invalid hash')
      const found = chain.find(hash)
      if (!found) throw new RpcError(404, 5, 'transaction not found')
      return { transaction: wire(found) }
    }
    if (method === 'POST' && pathname === '/query/v1/getTransactionsForIdentity')
      return history(await body<TransactionFilter>())
    if (method === 'POST' && pathname === '/query/v1/getTransactionsForTick') {
      const { tickNumber } = await body<{ tickNumber?: number }>()
      return { transactions: chain.at(Number(tickNumber)).map(wire) }
    }
    if (method === 'POST' && pathname === '/live/v1/broadcast-transaction')
      return broadcast((await body<{ encodedTransaction?: string }>()).encodedTransaction)
    throw new RpcError(404, 5, 'Not Found')
  }

  function balance(identity: string) {
    const { balance: amount, incoming, outgoing } = chain.balance(identity)
    return {
      balance: {
        id: identity,
        balance: String(amount),
        validForTick: chain.tick(),
        latestIncomingTransferTick: incoming.latestTick,
        latestOutgoingTransferTick: outgoing.latestTick,
        incomingAmount: String(incoming.amount),
        outgoingAmount: String(outgoing.amount),
        numberOfIncomingTransfers: incoming.count,
        numberOfOutgoingTransfers: outgoing.count,
      },
    }
  }

  function history({ identity, filters = {}, ranges, pagination = {} }: TransactionFilter) {
    const mine = chain.of(identityOf(identity))
    const selected = mine.map(wire).filter((one) => {
      const equal = Object.entries(filters).every(
        ([name, value]) => String(one[name as keyof typeof one]) === String(value),
      )
      return equal && (ranges?.tickNumber ?? []).every((range) => within(one.tickNumber, range))
    })
    const size = Math.min(1000, pagination.size ?? 10)
    const from = pagination.offset ?? 0
    return {
      validForTick: chain.lastProcessedTick(),
      hits: { total: selected.length, from, size },
      transactions: selected.slice(from, from + size),
    }
  }

  function broadcast(encodedTransaction: string | undefined) {
    if (!encodedTransaction) throw new RpcError(400, 3, 'encodedTransaction is required')
    try {
      const transactionId = chain.broadcast(new Uint8Array(Buffer.from(encodedTransaction, 'base64')))
      return { peersBroadcasted: 8, encodedTransaction, transactionId }
    } catch (error) {
      throw new RpcError(400, 3, error instanceof Error ? error.message : 'cannot read transaction')
    }
  }

  const handler: Handler = async (request, response) => {
    world.sync()
    try {
      sendJson(response, 200, await answer(request))
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      sendJson(response, error.status, { code: error.code, message: error.message, details: [] })
    }
  }
  return startServer(guard ? guard(handler) : handler, port)
}

function within(
  value: number,
  range: { gte?: string | number; lte?: string | number; gt?: string | number; lt?: string | number },
): boolean {
  return (
    (range.gte === undefined || value >= Number(range.gte)) &&
    (range.lte === undefined || value <= Number(range.lte)) &&
    (range.gt === undefined || value > Number(range.gt)) &&
    (range.lt === undefined || value < Number(range.lt))
  )
}
