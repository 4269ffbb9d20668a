import { expect, it } from 'vitest'
import { approvalOf, contextWithServer } from '../testing-server.ts'
import { rollBackApproval } from './roll-back-approval.tool.ts'

it('answers the new approval under its own subject', async () => {
  const ctx = contextWithServer({
    approvals: { rollBack: async (id: string) => approvalOf({ id: 'a2', rollsBack: id }) } as never,
  })
  const { data, subject } = await rollBackApproval.run({ id: 'a1' } as never, ctx)
  expect(data).toMatchObject({ id: 'a2', rollsBack: 'a1', state: 'pending' })
  expect(subject).toBe('approvals/a2')
  expect(rollBackApproval.text(data as never, { shown: 1, total: 1 })).toBe('approval a2: pending. Deploy it')
})

it('is for people only', () => expect(rollBackApproval.audience).toEqual(['human']))
