import type { Qubic, QubicTransaction } from '../clients/qubic/types.ts'
import type { TransactionRow } from './rows.ts'

/** Confirmations that count as final (PAY-023). */
export const finalConfirmations = 3

export interface OnChain {
  verified: 'on-chain' | 'not-found'
  confirmations?: number
  /** What the chain has otherwise than our books */
  difference?: string
}

/**
 * Each transaction as the chain has it: found with the same parties and amount, and money moved. Confirmations are the
 * ticks processed since. Throws what the client throws where the chain does not answer.
 */
export async function checkOnChain(
  qubic: Qubic,
  rows: readonly TransactionRow[],
  signal: AbortSignal,
): Promise<Map<string, OnChain>> {
  const sent = rows.filter((row) => row.chainHash !== null)
  if (sent.length === 0) return new Map()
  const [processed, ...found] = await Promise.all([
    qubic.lastProcessedTick(signal),
    ...sent.map((row) => qubic.transaction(row.chainHash!, signal)),
  ])
  return new Map(sent.map((row, index) => [row.id, compare(row, found[index], processed)]))
}

function compare(row: TransactionRow, found: QubicTransaction | undefined, processed: number): OnChain {
  if (!found) return { verified: 'not-found' }
  const confirmations = Math.max(0, processed - found.tick)
  const differences = [
    ...(found.moneyFlew ? [] : ['it was executed without moving money']),
    ...(row.currency === 'qu' && found.amount !== row.amount
      ? [`it moved ${found.amount} QU, our books say ${row.amount}`]
      : []),
    ...(row.fromAddress !== null && found.source !== row.fromAddress ? ['it came from another address'] : []),
    ...(row.toAddress !== null && found.destination !== row.toAddress ? ['it went to another address'] : []),
  ]
  return differences.length === 0
    ? { verified: 'on-chain', confirmations }
    : { verified: 'not-found', confirmations, difference: differences.join(', ') }
}
