import { expect, it } from 'vitest'
import { approvalOf, contextWithServer } from '../testing-server.ts'
import { decideApproval } from './decide-approval.tool.ts'

it('hands the decision to the policy and answers the approval as it stands then', async () => {
  const decisions: unknown[] = []
  const ctx = contextWithServer({
    approvals: {
      decide: async (decision: unknown) => {
        decisions.push(decision)
        return approvalOf({ state: 'denied', reason: 'no' })
      },
    } as never,
  })
  const { data } = await decideApproval.run({ id: 'a1', approve: false, reason: 'no' } as never, ctx)
  expect(decisions).toEqual([{ id: 'a1', approve: false, reason: 'no' }])
  expect(decideApproval.text(data as never, { shown: 1, total: 1 })).toBe('approval a1: denied (no)')
})

it('is for people only', () => expect(decideApproval.audience).toEqual(['human']))
