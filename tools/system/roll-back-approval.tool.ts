import * as z from 'zod'
import { approval } from '#contract'
import { defineTool } from '#define'

/** Its risk is `read`: it changes nothing, it asks. The change it asks for is planned and approved like every other. */
export const rollBackApproval = defineTool({
  name: 'roll_back_approval',
  title: 'Undo an approved change',
  about: 'Asks for the change that undoes one that succeeded: a new approval with its own plan. For people only.',
  audience: ['human'],
  risk: 'read',
  card: 'approval',
  needs: [],
  input: z.strictObject({ id: z.string().max(64).describe('Approval id of the change to undo') }),
  output: approval.payload,
  examples: [{ id: 'a_1' }],
  route: { method: 'POST', path: '/approvals/{id}/rollback' },
  text: (data) => `approval ${data.id}: ${data.state}. ${data.plan.summary}`,
  run: async ({ id }, ctx) => {
    const data = await ctx.server.approvals.rollBack(id)
    return { data, subject: `approvals/${data.id}` }
  },
})
