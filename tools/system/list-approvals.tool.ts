import * as z from 'zod'
import { approvalState, type Column, column, fact } from '#contract'
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
})

const tones: Record<string, string> = {
  pending: 'busy',
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

export const listApprovals = defineTool({
  name: 'list_approvals',
  title: 'List approvals',
  about: 'Changes that wait for a person, and what became of earlier ones. Deciding is for people, on the page.',
  risk: 'read',
  card: 'table',
  needs: [],
  input: z.strictObject({
    state: approvalState.optional().describe('Default: all'),
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
  async run({ state, limit }, ctx) {
    const approvals = await ctx.server.approvals.list({ state, limit })
    if (approvals.length === 0)
      return {
        empty: {
          title: state ? `No approval is ${state}` : 'There are no approvals yet',
          likely: ['Nobody asked for a change'],
          next: ['Ask for a change, for example: deploy Qwen3-8B'],
        },
      }
    return {
      data: {
        title: 'Approvals',
        columns,
        rows: approvals.map((one) => ({
          id: one.id,
          tool: one.tool,
          summary: one.plan.summary.slice(0, 200),
          state: one.state,
          stateTone: tones[one.state] ?? 'neutral',
          risk: one.risk,
          askedBy: one.askedBy,
          askedAt: one.askedAt,
          expiresAt: one.expiresAt,
          ...(one.decidedBy && { decidedBy: one.decidedBy }),
        })),
        facts: [{ label: 'Waiting', value: String(approvals.filter((one) => one.state === 'pending').length) }],
      },
    }
  },
})
