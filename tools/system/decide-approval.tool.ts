import * as z from 'zod'
import { approval, approvalScope } from '#contract'
import { defineTool } from '#define'

/**
 * Its risk is `read` for the road because deciding is not itself planned and approved again: who may decide depends on
 * the risk of the stored change, which the policy checks.
 */
export const decideApproval = defineTool({
  name: 'decide_approval',
  title: 'Approve or deny a change',
  about:
    'Decides on a waiting change. For people only; the server plans again and, after a moment in which cancel_approval takes it back, runs the stored input.',
  audience: ['human'],
  risk: 'read',
  card: 'approval',
  needs: [],
  input: z.strictObject({
    id: z.string().max(64).describe('Approval id'),
    approve: z.boolean().describe('false denies'),
    reason: z.string().max(500).optional().describe('Why, kept with the decision'),
    scope: approvalScope
      .optional()
      .describe(
        'target-hour: the same change of the same target in the same conversation is not asked again for an hour',
      ),
    typedName: z.string().max(253).optional().describe('The name of the object, where the plan asks for it'),
  }),
  output: approval.payload,
  examples: [{ id: 'a_1', approve: false, reason: 'wrong cluster' }],
  route: { method: 'POST', path: '/approvals/{id}/decision' },
  timeoutMs: 120_000,
  text: (data) => `approval ${data.id}: ${data.state}${data.reason ? ` (${data.reason})` : ''}`,
  run: async (decision, ctx) => ({
    data: await ctx.server.approvals.decide(decision),
    subject: `approvals/${decision.id}`,
  }),
})
