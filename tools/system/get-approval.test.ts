import { expect, it } from 'vitest'
import { approvalOf, contextWithServer } from '../testing-server.ts'
import { getApproval } from './get-approval.tool.ts'

it('shows one approval under the subject its events have', async () => {
  const { data, subject } = await getApproval.run(
    { id: 'a1' } as never,
    contextWithServer({ approvals: { get: async () => approvalOf() } as never }),
  )
  expect(data).toEqual(approvalOf())
  expect(subject).toBe('approvals/a1')
})
