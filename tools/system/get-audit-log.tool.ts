import * as z from 'zod'
import { type Column, column } from '#contract'
import { defineTool } from '#define'

const row = z.strictObject({
  id: z.string(),
  at: z.string(),
  actor: z.string(),
  kind: z.string(),
  persona: z.string().optional(),
  tool: z.string(),
  decision: z.string(),
  outcome: z.string(),
  outcomeTone: z.string(),
  durationMs: z.number(),
  approval: z.string().optional(),
  hash: z.string(),
})

const columns: Column[] = [
  { key: 'at', label: 'At', type: 'time' },
  { key: 'actor', label: 'Who', type: 'text' },
  { key: 'kind', label: 'As', type: 'text' },
  { key: 'tool', label: 'Tool', type: 'code' },
  { key: 'outcome', label: 'Outcome', type: 'state' },
  { key: 'durationMs', label: 'ms', type: 'number' },
]

export const getAuditLog = defineTool({
  name: 'get_audit_log',
  title: 'Audit log',
  about: 'Who called which tool, when, under which approval, and how it ended. Hash-chained, newest first.',
  risk: 'read',
  card: 'table',
  needs: [],
  input: z.strictObject({
    tool: z.string().max(64).optional().describe('Only this tool'),
    actor: z.string().max(128).optional().describe('Only this actor id'),
    since: z.iso.datetime().optional().describe('ISO 8601'),
    limit: z.number().int().min(1).max(200).default(50).describe('Rows at most'),
  }),
  output: z.strictObject({
    title: z.string(),
    columns: z.array(column),
    rows: z.array(row),
  }),
  examples: [{ tool: 'deploy_model' }],
  route: { method: 'GET', path: '/audit' },
  text: (data) =>
    [
      'at\tactor\tkind\ttool\tdecision\toutcome\tms\tapproval',
      ...data.rows.map((r) =>
        [r.at, r.actor, r.kind, r.tool, r.decision, r.outcome, r.durationMs, r.approval ?? ''].join('\t'),
      ),
    ].join('\n'),
  async run({ tool, actor, since, limit }, ctx) {
    const rows = await ctx.server.audit({
      tool,
      actor,
      since: since === undefined ? undefined : new Date(since),
      limit,
    })
    if (rows.length === 0)
      return {
        empty: {
          title: 'No calls match',
          likely: ['Nothing was called yet', 'The filter is too narrow'],
          next: ['get_audit_log without filters'],
        },
      }
    return {
      data: {
        title: 'Audit log',
        columns,
        rows: rows.map((one) => ({
          id: String(one.seq),
          at: one.at,
          actor: one.actor,
          kind: one.kind,
          ...(one.persona && { persona: one.persona }),
          tool: one.tool,
          decision: one.decision,
          outcome: one.outcome,
          outcomeTone: one.outcome === 'ok' ? 'good' : 'bad',
          durationMs: one.durationMs,
          ...(one.approval && { approval: one.approval }),
          hash: one.hash.slice(0, 16),
        })),
      },
    }
  },
})
