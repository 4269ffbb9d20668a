import { expect, it } from 'vitest'
import { contextWithServer } from '../testing-server.ts'
import { listApprovalGrants } from './list-approval-grants.tool.ts'

const grant = {
  ...{ id: 'g1', approval: 'a1', conversation: 'c1', tool: 'scale_workload', uses: 2, revokedAt: null },
  ...{ target: 'Scale a workload: deployment shop web on gpu-east', grantedBy: 'Ada' },
  grantedAt: new Date('2026-11-20T12:03:00Z'),
  expiresAt: new Date('2026-11-20T13:03:00Z'),
}

it('lists what is allowed, by whom and until when', async () => {
  const ctx = contextWithServer({ approvals: { grants: async () => [grant] } as never })
  const { data } = await listApprovalGrants.run({} as never, ctx)
  expect(listApprovalGrants.output.parse(data)).toMatchObject({
    rows: [{ id: 'g1', grantedBy: 'Ada', until: '2026-11-20T13:03:00.000Z', uses: 2 }],
  })
  expect(listApprovalGrants.text(data as never, { shown: 1, total: 1 })).toContain('web on gpu-east')
})

it('an empty list says how one comes about', async () => {
  const ctx = contextWithServer({ approvals: { grants: async () => [] } as never })
  const { empty } = await listApprovalGrants.run({} as never, ctx)
  expect(empty?.next[0]).toContain('for an hour')
})
