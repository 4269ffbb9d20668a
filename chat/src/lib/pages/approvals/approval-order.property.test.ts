import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ApprovalRow } from '../../cards/approval/approval-client.ts'
import { merged, stateOf } from './approval-order.ts'

const row = (id: string, state = 'pending', minute = 0): ApprovalRow => ({
  ...{ id, state, tool: 't', summary: id, risk: 'change', askedBy: 'Ada' },
  askedAt: new Date(Date.UTC(2026, 10, 20, 12, minute)).toISOString(),
  expiresAt: new Date(Date.UTC(2026, 10, 20, 12, minute + 15)).toISOString(),
})
const rows = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom(...'abcdefgh'),
    state: fc.constantFrom('pending', 'denied', 'succeeded'),
    minute: fc.nat(30),
  }),
  { selector: ({ id }) => id },
)

it('no row moves or goes, whatever arrives or is decided; what is new comes last, the oldest first (CHT-031)', () => {
  fc.assert(
    fc.property(fc.array(rows, { maxLength: 6 }), (answers) => {
      let standing: ApprovalRow[] = []
      for (const answer of answers) {
        const fresh = answer.map(({ id, state, minute }) => row(id, state, minute))
        const next = merged(standing, fresh)
        expect(next.slice(0, standing.length).map(({ id }) => id)).toEqual(standing.map(({ id }) => id))
        const added = next.slice(standing.length)
        expect(added.map(({ askedAt }) => askedAt)).toEqual(added.map(({ askedAt }) => askedAt).sort())
        for (const one of fresh) expect(next.find(({ id }) => id === one.id)).toEqual(one)
        standing = next
      }
    }),
  )
})

it('what nobody decided in time is expired before the server says so', () => {
  const one = row('a')
  expect(stateOf(one, Date.parse(one.expiresAt) - 1)).toBe('pending')
  expect(stateOf(one, Date.parse(one.expiresAt))).toBe('expired')
  expect(stateOf({ ...one, state: 'running' }, Date.parse(one.expiresAt))).toBe('running')
})
