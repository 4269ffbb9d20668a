import * as z from 'zod'
import { defineTool } from '#define'
import { tableOf } from '../table.ts'
import { grantColumns, grantRow, grantRowOf } from './grant-rows.ts'

export const listApprovalGrants = defineTool({
  name: 'list_approval_grants',
  title: 'List what is allowed for an hour',
  about: 'Targets on which the same change runs without being asked again, who allowed it, and until when. For people.',
  audience: ['human'],
  risk: 'read',
  card: 'table',
  needs: [],
  input: z.strictObject({
    conversation: z.string().max(100).optional().describe('Only of this conversation'),
  }),
  output: tableOf(grantRow),
  examples: [{}],
  route: { method: 'GET', path: '/approval-grants' },
  text: ({ rows }) => rows.map((row) => `${row.id}\t${row.target}\tuntil ${row.until}\tby ${row.grantedBy}`).join('\n'),
  async run({ conversation }, ctx) {
    const grants = await ctx.server.approvals.grants({ conversation })
    if (grants.length === 0)
      return {
        empty: {
          title: 'Nothing is allowed beyond one change',
          likely: ['Every change is asked for'],
          next: ['When you approve a change, choose "this target for an hour"'],
        },
      }
    return { data: { title: 'Allowed for an hour', columns: grantColumns, rows: grants.map(grantRowOf) } }
  },
})
