import * as z from 'zod'
import { approvalState, type CardData, type Column, column, fact } from '#contract'
import { defineTool } from '#define'

const row = z.strictObject({
  id: z.string(),
  tool: z.string(),
  summary: z.string(),
  state: z.string(),
  stateTone: z.string(),
  risk: z.string(),
  askedBy: z.string(),
  askedAt: z.string(),
  expiresAt: z.string(),
  decidedBy: z.string().optional(),
  decidedAt: z.string().optional(),
  endedAt: z.string().optional(),
  cluster: z.string().optional(),
  reason: z.string().optional(),
  conversation: z.string().optional(),
  persona: z.string().optional(),
  needsSecond: z.boolean().optional(),
  firstBy: z.string().optional(),
  granted: z.boolean().optional(),
  rolledBack: z.boolean().optional(),
  canRollBack: z.boolean().optional(),
})

const tones: Record<string, string> = {
  pending: 'busy',
  scheduled: 'busy',
  running: 'busy',
  succeeded: 'good',
  failed: 'bad',
  interrupted: 'bad',
}

const columns: Column[] = [
  { key: 'summary', label: 'What', type: 'text' },
  { key: 'state', label: 'State', type: 'state' },
  { key: 'askedBy', label: 'Asked by', type: 'text' },
  { key: 'askedAt', label: 'Asked', type: 'time' },
  { key: 'decidedBy', label: 'Decided by', type: 'text' },
]

const labels: Record<string, string> = {
  pending: 'Waiting',
  scheduled: 'About to run',
  running: 'Running',
  succeeded: 'Succeeded',
  failed: 'Failed',
  interrupted: 'Cut off',
  denied: 'Denied',
  cancelled: 'Cancelled',
  expired: 'Expired',
  superseded: 'Replaced',
}

function rowOf(one: CardData['approval']): z.output<typeof row> {
  const { id, tool, state, risk, askedBy, askedAt, expiresAt, plan, rolledBackBy, grantId, canRollBack } = one
  const optional = {
    ...{ decidedBy: one.decidedBy ?? one.cancelledBy, decidedAt: one.decidedAt, endedAt: one.endedAt },
    ...{ cluster: plan.cluster, reason: one.reason?.slice(0, 200), conversation: one.conversation },
    ...{ persona: one.persona, needsSecond: one.needsSecond },
    ...{ firstBy: one.firstBy, granted: grantId !== undefined || undefined, canRollBack },
    rolledBack: rolledBackBy !== undefined || undefined,
  }
  return {
    ...{ id, tool, state, risk, askedBy, askedAt, expiresAt },
    summary: plan.summary.slice(0, 200),
    stateTone: tones[state] ?? 'neutral',
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  }
}

export const listApprovals = defineTool({
  name: 'list_approvals',
  title: 'List approvals',
  about: 'Changes that wait for a person, and what became of earlier ones. Deciding is for people, on the page.',
  risk: 'read',
  card: 'table',
  needs: [],
  input: z.strictObject({
    state: approvalState.optional().describe('Default: all'),
    tool: z.string().max(100).optional().describe('Exact name'),
    cluster: z.string().max(253).optional().describe('Exact name'),
    person: z.string().max(100).optional().describe('Part of the name of who asked or decided'),
    conversation: z.string().max(100).optional().describe('Id'),
    text: z.string().max(200).optional().describe('Stands in the plan or the reason'),
    limit: z.number().int().min(1).max(200).default(50).describe('Newest first'),
  }),
  output: z.strictObject({
    title: z.string(),
    columns: z.array(column),
    rows: z.array(row),
    facts: z.array(fact),
  }),
  examples: [{ state: 'pending' }],
  route: { method: 'GET', path: '/approvals' },
  text: (data) =>
    [
      'id\tstate\ttool\tsummary\tasked by\tat',
      ...data.rows.map((a) => [a.id, a.state, a.tool, a.summary, a.askedBy, a.askedAt].join('\t')),
    ].join('\n'),
  async run({ limit, state, ...filter }, ctx) {
    const [approvals, counts] = await Promise.all([
      ctx.server.approvals.list({ ...filter, state, limit }),
      ctx.server.approvals.counts(filter),
    ])
    if (approvals.length === 0) {
      const isFiltered = Object.values(filter).some((value) => value !== undefined)
      return {
        empty: {
          title: isFiltered
            ? 'No approval fits this filter'
            : state
              ? `No approval is ${state}`
              : 'There are no approvals yet',
          likely: [isFiltered ? 'The filter is too narrow' : 'Nobody asked for a change'],
          next: [isFiltered ? 'Leave a filter out' : 'Ask for a change, for example: deploy Qwen3-8B'],
        },
      }
    }
    const total = state === undefined ? Object.values(counts).reduce((sum, many) => sum + many, 0) : counts[state]
    return {
      ...(total !== undefined && { total: Math.max(total, approvals.length) }),
      data: {
        title: 'Approvals',
        columns,
        rows: approvals.map(rowOf),
        facts: Object.entries(labels).flatMap(([key, label]) =>
          counts[key] || key === 'pending' ? [{ label, value: String(counts[key] ?? 0), counts: { state: key } }] : [],
        ),
      },
    }
  },
})
