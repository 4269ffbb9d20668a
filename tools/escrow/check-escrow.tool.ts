import * as z from 'zod'
import { cards, formatMoney } from '#contract'
import { type Context, defineTool } from '#define'
import { word } from '../arguments.ts'
import { cell, lines, shortTime, tsv } from '../text.ts'
import { ledgerOf } from './card.ts'
import { checkOnChain, type OnChain } from './chain.ts'
import { readDeal, subjectOf, type TransactionRow } from './rows.ts'

export const checkEscrow = defineTool({
  name: 'check_escrow',
  title: 'Escrow of a job',
  about:
    'What is held in escrow for a compute job: amounts, parties, transactions, checked on chain. All: list_pending_escrows.',
  risk: 'read',
  card: 'ledger',
  needs: [],
  uses: ['qubic'],
  input: z.strictObject({ job: word.describe('Number or id') }),
  output: cards.ledger.payload,
  examples: [{ job: '42' }],
  route: { method: 'GET', path: '/escrow/{job}' },
  text: ({ title, state, figures, parties, milestones, entries, warnings = [] }) =>
    lines(
      `${title}: ${state}. Custodial: the platform holds the escrow wallet.`,
      figures.map(({ label, money }) => `${label} ${formatMoney(money)}`).join(', '),
      parties.map(({ role, name, address }) => `${role}: ${name ? `${cell(name, 60)} ` : ''}${address}`).join('\n'),
      milestones.map((one) => `${one.state}: ${one.label}${one.at ? ` ${shortTime(one.at)}` : ''}`).join('; '),
      tsv(
        ['at', 'type', 'amount', 'status', 'confirmations', 'verified', 'hash'],
        entries.map((one) => [
          shortTime(one.at),
          one.type,
          formatMoney(one.money),
          one.status,
          one.confirmations,
          one.verified,
          one.hash,
        ]),
      ),
      warnings.map((warning) => `warning: ${warning}`).join('\n'),
    ),
  async run(input, ctx) {
    const deal = await readDeal(await ctx.db(), input.job)
    const { job, escrow, transactions } = deal
    if (!escrow)
      return {
        empty: {
          title: `Nothing was put in escrow for job ${job.number}`,
          likely: [`The job is ${job.state}: money is locked when it is submitted and paid`],
          next: ['list_pending_escrows'],
        },
      }
    const { chain, trouble } = await askChain(transactions, ctx)
    const card = ledgerOf({ ...deal, escrow }, { chain, now: ctx.now() })
    const warnings = [...(trouble ? [trouble] : []), ...(card.warnings ?? [])]
    return { subject: subjectOf(job.id), data: { ...card, ...(warnings.length > 0 && { warnings }) } }
  },
})

/** The chain confirms what the books say; where it does not answer, the books are still an answer. */
async function askChain(
  rows: readonly TransactionRow[],
  ctx: Context<never, 'qubic'>,
): Promise<{ chain?: Map<string, OnChain>; trouble?: string }> {
  const { qubic } = ctx.clients
  if (!rows.some(({ chainHash }) => chainHash !== null)) return {}
  if (!qubic) return { trouble: 'No Qubic network is configured, so nothing was checked on chain' }
  const { values, clusters } = await ctx.fanOut(['qubic'], (_, signal) => checkOnChain(qubic, rows, signal), {
    timeoutMs: 4_000,
  })
  const chain = values[0]?.value
  return chain
    ? { chain }
    : { trouble: `The Qubic network did not answer, so nothing was checked on chain: ${clusters[0]?.error}` }
}
