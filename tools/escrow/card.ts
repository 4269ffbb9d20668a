import { type CardData, formatMoney, type Tone } from '#contract'
import { moneyOf } from '../money.ts'
import { finalConfirmations, type OnChain } from './chain.ts'
import { type Deal, type EscrowRow, heldOf, type TransactionRow } from './rows.ts'

type Ledger = CardData['ledger']
type Milestone = Ledger['milestones'][number]

export const escrowTones: Record<EscrowRow['state'], Tone> = {
  pending: 'busy',
  locked: 'good',
  disputed: 'warn',
  released: 'neutral',
  refunded: 'neutral',
  split: 'neutral',
  failed: 'bad',
}

const unknown = 'unknown'

/** The escrow of a job as its card shows it (PAY-022 to PAY-030). */
export function ledgerOf(
  deal: Deal & { escrow: EscrowRow },
  { chain, now }: { chain: Map<string, OnChain> | undefined; now: Date },
): Ledger {
  const { job, consumer, provider, escrow, transactions } = deal
  const { currency } = escrow
  const entries = transactions.map((row) => entryOf(row, chain))
  const lock = transactions.find(({ type, status }) => type === 'escrow-lock' && status !== 'failed')
  const wallet = lock?.toAddress
  const providerAddress = escrow.providerAddress ?? provider?.qubicAddress
  const providerName = provider?.name
  return {
    title: `Escrow of job ${job.number}`,
    state: escrow.state,
    tone: escrowTones[escrow.state],
    figures: [
      { label: 'Agreed', money: moneyOf(escrow.amount, currency) },
      { label: 'Held', money: moneyOf(heldOf(escrow), currency) },
      { label: 'Released', money: moneyOf(escrow.released, currency) },
      { label: 'Refunded', money: moneyOf(escrow.refunded, currency) },
      { label: 'Fee', money: moneyOf(escrow.fee, currency) },
    ],
    parties: [
      { role: 'consumer', ...(consumer.name && { name: consumer.name }), address: escrow.consumerAddress },
      ...(providerAddress
        ? [{ role: 'provider', ...(providerName && { name: providerName }), address: providerAddress }]
        : []),
      ...(wallet ? [{ role: 'escrow wallet', address: wallet }] : []),
    ],
    milestones: milestonesOf(deal, confirmationsOf(lock, chain) ?? escrow.confirmations),
    entries,
    custodial: true,
    ...withWarnings(warningsOf(deal, { chain, now })),
  }
}

const withWarnings = (warnings: string[]) => (warnings.length > 0 ? { warnings } : {})

const confirmationsOf = (row: TransactionRow | undefined, chain: Map<string, OnChain> | undefined) =>
  row && (chain?.get(row.id)?.confirmations ?? row.confirmations)

function entryOf(row: TransactionRow, chain: Map<string, OnChain> | undefined): Ledger['entries'][number] {
  const seen = chain?.get(row.id)
  const confirmations = seen ? seen.confirmations : row.confirmations
  return {
    id: row.id,
    at: (row.completedAt ?? row.createdAt).toISOString(),
    type: row.type,
    from: row.fromAddress ?? unknown,
    to: row.toAddress ?? unknown,
    money: moneyOf(row.amount, row.currency),
    status: row.status,
    ...(row.chainHash !== null && { hash: row.chainHash }),
    ...(row.chainHash !== null && confirmations !== undefined && { confirmations }),
    ...(row.chainHash !== null && { verified: seen?.verified ?? 'not-checked' }),
  }
}

/** Created → locked → confirmed → worked on → settled. What failed stays visible where it failed. */
function milestonesOf({ job, escrow }: Deal & { escrow: EscrowRow }, confirmations: number): Milestone[] {
  const at = (moment: Date | null) => (moment ? { at: moment.toISOString() } : {})
  const isLocked = escrow.lockedAt !== null
  const isConfirmed = isLocked && confirmations >= finalConfirmations
  const isSettled = ['released', 'refunded', 'split'].includes(escrow.state)
  const hasWorked = ['completed', 'failed', 'cancelled'].includes(job.state)
  const shown = `${Math.min(confirmations, finalConfirmations)}/${finalConfirmations}`
  const step = (done: boolean, before: boolean, failed = false): Milestone['state'] =>
    failed ? 'failed' : done ? 'done' : before ? 'current' : 'todo'
  const settled =
    { released: 'Released', refunded: 'Refunded', split: 'Split' }[escrow.state as 'released'] ?? 'Settled'
  return [
    { label: 'Created', state: 'done', ...at(escrow.createdAt) },
    { label: 'Locked', state: step(isLocked, true, escrow.state === 'failed'), ...at(escrow.lockedAt) },
    { label: `Confirmed ${isLocked ? shown : `0/${finalConfirmations}`}`, state: step(isConfirmed, isLocked) },
    {
      label: `Job ${job.state}`,
      state: step(
        job.state === 'completed',
        isConfirmed && !hasWorked,
        job.state === 'failed' || job.state === 'cancelled',
      ),
      ...at(job.completedAt ?? job.startedAt),
    },
    {
      label: escrow.state === 'disputed' ? 'Disputed' : settled,
      state: step(isSettled, hasWorked, false),
      ...at(escrow.settledAt),
    },
  ]
}

/** Where books, chain and clock disagree. Money that does not add up is said, never smoothed over (PAY-016). */
function warningsOf(
  { escrow, transactions }: Deal & { escrow: EscrowRow },
  { chain, now }: { chain: Map<string, OnChain> | undefined; now: Date },
): string[] {
  const warnings: string[] = []
  const done = (...types: TransactionRow['type'][]) =>
    transactions
      .filter(
        ({ type, status, currency }) => types.includes(type) && status === 'completed' && currency === escrow.currency,
      )
      .reduce((sum, { amount }) => sum + amount, 0n)
  const text = (amount: bigint) => formatMoney(moneyOf(amount, escrow.currency))
  const locked = done('escrow-lock')
  const isFunded = !['pending', 'failed'].includes(escrow.state)
  if (isFunded && locked !== escrow.amount)
    warnings.push(`${text(escrow.amount)} should be locked, the entries lock ${text(locked)}`)
  const out = done('escrow-release', 'refund')
  const settled = escrow.released + escrow.refunded
  if (out !== settled) warnings.push(`${text(settled)} should have gone out, the entries pay out ${text(out)}`)
  if (escrow.state === 'locked' && escrow.deadlineAt && escrow.deadlineAt < now)
    warnings.push(`Its deadline passed at ${escrow.deadlineAt.toISOString()}: the refund is due`)
  for (const row of transactions) {
    const seen = chain?.get(row.id)
    if (seen?.difference) warnings.push(`The chain disagrees about ${row.type}: ${seen.difference}`)
    else if (seen?.verified === 'not-found' && row.status === 'completed')
      warnings.push(`The chain does not have the completed ${row.type} ${row.chainHash}`)
  }
  return warnings
}
