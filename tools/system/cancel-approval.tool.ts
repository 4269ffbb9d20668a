import * as z from 'zod'
import { approval } from '#contract'
import { defineTool } from '#define'

/** Its risk is `read` as that of decide_approval: nothing is changed by it, and the policy checks who may. */
export const cancelApproval = defineTool({
  name: 'cancel_approval',
  title: 'Cancel an approved change',
  about: 'Takes a yes back in the moments before its change runs. For people only; nothing was changed then.',
  audience: ['human'],
  risk: 'read',
  card: 'approval',
  needs: [],
  input: z.strictObject({ id: z.string().max(64).describe('Approval id') }),
  output: approval.payload,
  examples: [{ id: 'a_1' }],
  route: { method: 'POST', path: '/approvals/{id}/cancel' },
  text: (data) => `approval ${data.id}: ${data.state}`,
  run: async ({ id }, ctx) => ({ data: await ctx.server.approvals.cancel(id), subject: `approvals/${id}` }),
})
