import { expect, it } from 'vitest'
import { contextWithServer } from '../testing-server.ts'
import { getAuditLog } from './get-audit-log.tool.ts'

const row = {
  seq: 7,
  at: '2026-11-20T12:00:00.000Z',
  actor: 'ada',
  kind: 'agent' as const,
  tool: 'list_nodes',
  risk: 'read' as const,
  inputDigest: 'd',
  decision: 'allowed',
  outcome: 'query-timeout',
  durationMs: 12,
  hash: 'h'.repeat(64),
}

it('answers who called what and how it ended', async () => {
  const asked: unknown[] = []
  const ctx = contextWithServer({
    audit: async (filter) => {
      asked.push(filter)
      return [row]
    },
  })
  const { data } = await getAuditLog.run({ tool: 'list_nodes', since: '2026-11-20T00:00:00Z', limit: 10 } as never, ctx)
  expect(asked).toEqual([{ tool: 'list_nodes', actor: undefined, since: new Date('2026-11-20T00:00:00Z'), limit: 10 }])
  expect(data).toMatchObject({ rows: [{ id: '7', actor: 'ada', outcome: 'query-timeout', outcomeTone: 'bad' }] })
})

it('an empty log says what may hide it', async () => {
  const { empty } = await getAuditLog.run({ limit: 10 } as never, contextWithServer({ audit: async () => [] }))
  expect(empty?.likely).not.toEqual([])
})
