import * as z from 'zod'
import { defineTool } from '#define'
import { tableOf } from '../table.ts'
import { grantColumns, grantRow, grantRowOf } from './grant-rows.ts'

/** Its risk is `read`: it only takes a right away. */
export const revokeApprovalGrant = defineTool({
  name: 'revoke_approval_grant',
  title: 'Revoke what was allowed for an hour',
  about:
    'Ends a grant now: the next change of its target is asked for again. What ran under it stays. For people only.',
  audience: ['human'],
  risk: 'read',
  card: 'table',
  needs: [],
  input: z.strictObject({ id: z.string().max(64).describe('Grant id, from list_approval_grants') }),
  output: tableOf(grantRow),
  examples: [{ id: 'g_1' }],
  route: { method: 'DELETE', path: '/approval-grants/{id}' },
  text: ({ rows }) => rows.map((row) => `revoked: ${row.target}`).join('\n'),
  async run({ id }, ctx) {
    const grant = await ctx.server.approvals.revoke(id)
    return { data: { title: 'Revoked', columns: grantColumns, rows: [grantRowOf(grant)] } }
  },
})
