import * as z from 'zod'
import { approval } from '#contract'
import { defineTool } from '#define'

export const getApproval = defineTool({
  name: 'get_approval',
  title: 'Show an approval',
  about: 'One approval: its plan, state, and the outcome once it ran.',
  risk: 'read',
  card: 'approval',
  needs: [],
  input: z.strictObject({ id: z.string().max(64).describe('Approval id') }),
  output: approval.payload,
  examples: [{ id: 'a_1' }],
  route: { method: 'GET', path: '/approvals/{id}' },
  text: (data) => `approval ${data.id}: ${data.state}. ${data.plan.summary}${data.reason ? ` (${data.reason})` : ''}`,
  run: async ({ id }, ctx) => ({ data: await ctx.server.approvals.get(id), subject: `approvals/${id}` }),
})
