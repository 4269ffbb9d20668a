import { expect, it } from 'vitest'
import { approvalOf, contextWithServer } from '../testing-server.ts'
import { cancelApproval } from './cancel-approval.tool.ts'

it('hands the wish to the policy and answers the approval as it stands then', async () => {
  const cancelled: string[] = []
  const ctx = contextWithServer({
    approvals: {
      cancel: async (id: string) => {
        cancelled.push(id)
        return approvalOf({ state: 'cancelled', cancelledBy: 'Bo' })
      },
    } as never,
  })
  const { data, subject } = await cancelApproval.run({ id: 'a1' } as never, ctx)
  expect(cancelled).toEqual(['a1'])
  expect(subject).toBe('approvals/a1')
  expect(cancelApproval.text(data as never, { shown: 1, total: 1 })).toBe('approval a1: cancelled')
})

it('is for people only', () => expect(cancelApproval.audience).toEqual(['human']))
