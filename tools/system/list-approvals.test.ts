import { expect, it } from 'vitest'
import { approvalOf, contextWithServer } from '../testing-server.ts'
import { listApprovals } from './list-approvals.tool.ts'

it('lists what waits and what became of the others', async () => {
  const approvals = [approvalOf(), approvalOf({ id: 'a2', state: 'denied', decidedBy: 'Bo' })]
  const { data } = await listApprovals.run(
    { limit: 50 } as never,
    contextWithServer({
      approvals: { list: async () => approvals, counts: async () => ({ pending: 1, denied: 1 }) } as never,
    }),
  )
  expect(data).toMatchObject({
    facts: [
      { label: 'Waiting', value: '1' },
      { label: 'Denied', value: '1' },
    ],
    rows: [
      { id: 'a1', stateTone: 'busy' },
      { id: 'a2', decidedBy: 'Bo', stateTone: 'neutral' },
    ],
  })
  expect(listApprovals.text(data as never, { shown: 2, total: 2 })).toContain('a2\tdenied\tdeploy_model')
})

it('an empty list says how one comes about', async () => {
  const { empty } = await listApprovals.run(
    { state: 'failed', limit: 50 } as never,
    contextWithServer({ approvals: { list: async () => [], counts: async () => ({}) } as never }),
  )
  expect(empty?.title).toContain('failed')
})
