import * as z from 'zod'
import { type Column, formatMoney } from '#contract'
import { asc, desc, eq, inArray } from '#db/drizzle.ts'
import { escrows } from '#db/schema/escrow.ts'
import { computeJobs, gpuProviders } from '#db/schema/marketplace.ts'
import { defineTool } from '#define'
import { limit, matchesText, text } from '../arguments.ts'
import { moneyOf, sumMoney } from '../money.ts'
import { counted, tableOf } from '../table.ts'
import { cell, factsLine, lines, shortTime, tsv } from '../text.ts'
import { escrowTones } from './card.ts'
import { heldOf } from './rows.ts'

const open = ['disputed', 'locked', 'pending'] as const

const row = z.strictObject({
  id: z.string(),
  job: z.number().int().describe('Number of the job'),
  jobState: z.string(),
  state: z.enum(open),
  stateTone: z.string(),
  amount: z.number().int().describe('Agreed, minor units'),
  amountCurrency: z.enum(['usd-cent', 'qu']),
  held: z.number().int().describe('With the platform now, minor units'),
  heldCurrency: z.enum(['usd-cent', 'qu']),
  consumer: z.string(),
  provider: z.string().optional(),
  deadline: z.string().optional(),
  late: z.boolean().describe('Its deadline has passed'),
  created: z.string(),
})

const columns: Column[] = [
  { key: 'job', label: 'Job', type: 'number' },
  { key: 'jobState', label: 'Job is', type: 'text' },
  { key: 'state', label: 'Escrow', type: 'state' },
  { key: 'held', label: 'Held', type: 'money' },
  { key: 'amount', label: 'Agreed', type: 'money' },
  { key: 'consumer', label: 'Consumer', type: 'code' },
  { key: 'provider', label: 'Provider', type: 'text' },
  { key: 'deadline', label: 'Deadline', type: 'time' },
]

export const listPendingEscrows = defineTool({
  name: 'list_pending_escrows',
  title: 'Open escrows',
  about:
    'Escrows that are not settled: waiting for money, locked or disputed; with what is held in all. One job: check_escrow.',
  risk: 'read',
  card: 'table',
  needs: [],
  input: z.strictObject({ state: z.enum(open).optional().describe('Only this state'), text, limit }),
  output: tableOf(row),
  examples: [{}, { state: 'disputed' }],
  route: { method: 'GET', path: '/escrow' },
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      tsv(
        ['job', 'job is', 'escrow', 'held', 'agreed', 'consumer', 'provider', 'deadline', 'late'],
        rows.map((one) => [
          one.job,
          one.jobState,
          one.state,
          formatMoney({ amount: one.held, currency: one.heldCurrency }),
          formatMoney({ amount: one.amount, currency: one.amountCurrency }),
          one.consumer,
          cell(one.provider, 40),
          shortTime(one.deadline),
          one.late || undefined,
        ]),
      ),
    ),
  async run(input, ctx) {
    const db = await ctx.db()
    const found = await db
      .select({ escrow: escrows, number: computeJobs.number, jobState: computeJobs.state, provider: gpuProviders.name })
      .from(escrows)
      .innerJoin(computeJobs, eq(escrows.jobId, computeJobs.id))
      .leftJoin(gpuProviders, eq(computeJobs.providerId, gpuProviders.id))
      .where(inArray(escrows.state, input.state ? [input.state] : [...open]))
      .orderBy(asc(escrows.state), desc(computeJobs.number))
    const now = ctx.now()
    const kept = found.filter(({ escrow, number, provider }) =>
      matchesText(input.text, [String(number), provider ?? undefined, escrow.consumerAddress, escrow.id]),
    )
    if (kept.length === 0)
      return {
        empty: {
          title: input.state ? `No escrow is ${input.state}` : 'No escrow is open',
          likely: found.length > 0 ? ['The words match none'] : ['All jobs are settled, or none was submitted yet'],
          next: ['check_escrow with the number of a job', 'list_gpu_offers'],
        },
      }
    const rows = kept.map(({ escrow, number, jobState, provider }) => {
      const held = moneyOf(heldOf(escrow), escrow.currency)
      const amount = moneyOf(escrow.amount, escrow.currency)
      const state = escrow.state as (typeof open)[number]
      return {
        id: escrow.id,
        job: number,
        jobState,
        state,
        stateTone: escrowTones[state],
        amount: amount.amount,
        amountCurrency: amount.currency,
        held: held.amount,
        heldCurrency: held.currency,
        consumer: escrow.consumerAddress,
        ...(provider && { provider }),
        ...(escrow.deadlineAt && { deadline: escrow.deadlineAt.toISOString() }),
        late: escrow.deadlineAt !== null && escrow.deadlineAt < now,
        created: escrow.createdAt.toISOString(),
      }
    })
    const sums = sumMoney(kept.map(({ escrow }) => ({ amount: heldOf(escrow), currency: escrow.currency })))
    const late = rows.filter((one) => one.late).length
    return {
      subject: 'escrow/job/*',
      data: {
        title: counted(rows.length, 'open escrow'),
        columns,
        rows,
        facts: [
          ...sums.map((sum) => ({ label: 'Held', value: formatMoney(sum) })),
          ...(late > 0 ? [{ label: 'Past the deadline', value: String(late), tone: 'warn' as const }] : []),
        ],
      },
    }
  },
})
