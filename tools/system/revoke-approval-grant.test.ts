import { expect, it } from 'vitest'
import { contextWithServer } from '../testing-server.ts'
import { revokeApprovalGrant } from './revoke-approval-grant.tool.ts'

const grant = {
  ...{ id: 'g1', approval: 'a1', conversation: 'c1', tool: 'scale_workload', uses: 2, revokedAt: null },
  ...{ target: 'Scale a workload: deployment shop web on gpu-east', grantedBy: 'Ada' },
  grantedAt: new Date('2026-11-20T12:03:00Z'),
  expiresAt: new Date('2026-11-20T13:03:00Z'),
}

it('ends the grant and answers it as it stands then', async () => {
  const revoke = async (id: string) => ({ ...grant, id, revokedAt: new Date('2026-11-20T12:30:00Z') })
  const ctx = contextWithServer({ approvals: { revoke } as never })
  const { data } = await revokeApprovalGrant.run({ id: 'g1' } as never, ctx)
  expect(data).toMatchObject({ rows: [{ id: 'g1', revokedAt: '2026-11-20T12:30:00.000Z' }] })
  expect(revokeApprovalGrant.text(data as never, { shown: 1, total: 1 })).toContain('revoked')
})

it('is for people only', () => expect(revokeApprovalGrant.audience).toEqual(['human']))
