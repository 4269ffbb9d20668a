import { identityFromPublicKey, k12, verify } from '@qubic.ts/core'
import type { Book } from '../world/market-types.ts'
import { tickAt } from '../world/qubic-chain.ts'

export interface ChainTransaction {
  hash: string
  amount: bigint
  source: string
  destination: string
  tickNumber: number
  timestampMs: number
  inputType: number
  inputSize: number
  inputData: string
  signature: string
  moneyFlew: boolean
}

export interface Balance {
  balance: bigint
  incoming: { amount: bigint; count: number; latestTick: number }
  outgoing: { amount: bigint; count: number; latestTick: number }
}

/** The chain as the RPC shows it: what the marketplace moved, and what was broadcast since. */
export interface Chain {
  tick(): number
  /** Indexed a little later than it happens. */
  lastProcessedTick(): number
  find(hash: string): ChainTransaction | undefined
  of(identity: string): ChainTransaction[]
  at(tick: number): ChainTransaction[]
  balance(identity: string): Balance
  /** Takes a signed transaction; it is included when its tick comes, if it is still the only pending one of its source. */
  broadcast(bytes: Uint8Array): string
}

const HEADER_BYTES = 80
const SIGNATURE_BYTES = 64
const INDEX_LAG_TICKS = 2
const CONSUMER_FUNDS = 500_000_000n
const PROVIDER_FUNDS = 5_000_000n

export function createChain({ book, bootMs, now }: { book: Book; bootMs: number; now: () => number }): Chain {
  const included: ChainTransaction[] = book.transactions.flatMap((one) =>
    one.chainHash && one.tick !== undefined
      ? [
          {
            hash: one.chainHash,
            amount: BigInt(one.amount),
            source: one.from,
            destination: one.to,
            tickNumber: one.tick,
            timestampMs: Date.parse(one.completedAt ?? one.createdAt),
            inputType: 0,
            inputSize: 0,
            inputData: '',
            signature: '',
            moneyFlew: true,
          },
        ]
      : [],
  )
  const funds = new Map<string, bigint>()
  for (const escrow of book.escrows) funds.set(escrow.consumerAddress, CONSUMER_FUNDS)
  for (const provider of book.providers) funds.set(provider.qubicAddress, PROVIDER_FUNDS)
  const pending = new Map<string, ChainTransaction>()
  const tick = () => tickAt(now(), bootMs)
  const lastProcessedTick = () => tick() - INDEX_LAG_TICKS

  function balance(identity: string): Balance {
    const flown = included.filter((one) => one.moneyFlew)
    const sum = (list: ChainTransaction[]) => ({
      amount: list.reduce((all, one) => all + one.amount, 0n),
      count: list.length,
      latestTick: Math.max(0, ...list.map((one) => one.tickNumber)),
    })
    const incoming = sum(flown.filter((one) => one.destination === identity))
    const outgoing = sum(flown.filter((one) => one.source === identity))
    return { balance: (funds.get(identity) ?? 0n) + incoming.amount - outgoing.amount, incoming, outgoing }
  }

  /** Includes what has come due, in the order of ticks. */
  function settle() {
    const due = [...pending.values()]
      .filter((one) => one.tickNumber <= tick())
      .sort((a, b) => a.tickNumber - b.tickNumber)
    for (const one of due) {
      pending.delete(one.source)
      included.push({ ...one, moneyFlew: balance(one.source).balance >= one.amount })
    }
  }

  const visible = () => {
    settle()
    return included.filter((one) => one.tickNumber <= lastProcessedTick())
  }

  return {
    tick,
    lastProcessedTick,
    find: (hash) => visible().find((one) => one.hash === hash),
    of: (identity) =>
      visible()
        .filter((one) => one.source === identity || one.destination === identity)
        .sort((a, b) => b.tickNumber - a.tickNumber),
    at: (wanted) => visible().filter((one) => one.tickNumber === wanted),
    balance(identity) {
      settle()
      return balance(identity)
    },
    broadcast(bytes) {
      settle()
      const transaction = decode(bytes, bootMs)
      // A transaction for a tick that has passed is taken by peers and never included.
      if (transaction.tickNumber > tick()) pending.set(transaction.source, transaction)
      return transaction.hash
    },
  }
}

/** Reads and checks a signed transaction; throws with the reason. */
function decode(bytes: Uint8Array, bootMs: number): ChainTransaction {
  if (bytes.length < HEADER_BYTES + SIGNATURE_BYTES) throw new Error('transaction is too short')
  const view = Buffer.from(bytes)
  const inputSize = view.readUInt16LE(78)
  if (bytes.length !== HEADER_BYTES + inputSize + SIGNATURE_BYTES) throw new Error('transaction has the wrong length')
  const unsigned = bytes.subarray(0, HEADER_BYTES + inputSize)
  const signature = bytes.subarray(HEADER_BYTES + inputSize)
  if (!verify(bytes.subarray(0, 32), k12(unsigned, 32), signature)) throw new Error('signature is not valid')
  const tickNumber = view.readUInt32LE(72)
  return {
    hash: identityFromPublicKey(k12(bytes, 32)).toLowerCase(),
    amount: view.readBigInt64LE(64),
    source: identityFromPublicKey(bytes.subarray(0, 32)),
    destination: identityFromPublicKey(bytes.subarray(32, 64)),
    tickNumber,
    timestampMs: bootMs + (tickNumber - tickAt(bootMs, bootMs)) * 1000,
    inputType: view.readUInt16LE(76),
    inputSize,
    inputData: Buffer.from(bytes.subarray(HEADER_BYTES, HEADER_BYTES + inputSize)).toString('base64'),
    signature: Buffer.from(signature).toString('base64'),
    moneyFlew: false,
  }
}
