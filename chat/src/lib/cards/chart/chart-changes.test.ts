import { describe, expect, it } from 'vitest'
import type { ApprovalRow } from '../approval/approval-client.ts'
import { changesIn, isCut, mostListed } from './chart-changes.ts'
import { moved, zoomedIn } from './chart-window.ts'

const row = (part: Partial<ApprovalRow>): ApprovalRow => ({
  ...{ id: 'a1', tool: 'scale_deployment', summary: 'Scale qwen3-8b to 4', state: 'succeeded', risk: 'write' },
  ...{ askedBy: 'ana', decidedBy: 'ben', cluster: 'gpu-east' },
  ...{ askedAt: '2026-11-20T09:00:00Z', expiresAt: '2026-11-20T10:00:00Z', endedAt: '2026-11-20T09:10:00Z' },
  ...part,
})
const scope = {
  ...{ start: '2026-11-20T09:00:00Z', end: Date.parse('2026-11-20T10:00:00Z') },
  clusters: new Set(['gpu-east', 'gpu-west']),
}

describe('changes on the time axis of a chart', () => {
  it('are those that were applied in its time and on its clusters, oldest first, each with a number', () => {
    const rows = [
      row({ id: 'late', endedAt: '2026-11-20T09:50:00Z', cluster: 'gpu-west' }),
      row({ id: 'early' }),
      row({ id: 'before', endedAt: '2026-11-20T08:59:59Z' }),
      row({ id: 'after', endedAt: '2026-11-20T10:00:01Z' }),
      row({ id: 'elsewhere', cluster: 'edge-1' }),
      row({ id: 'nowhere', cluster: undefined }),
      row({ id: 'failed', state: 'failed' }),
      row({ id: 'denied', state: 'denied' }),
      row({ id: 'not ended', endedAt: undefined }),
    ]
    expect(changesIn(rows, scope).map(({ number, id, by }) => [number, id, by])).toEqual([
      [1, 'early', 'ben'],
      [2, 'late', 'ben'],
    ])
  })

  it('tells when a full list does not reach back to the beginning', () => {
    const full = Array.from({ length: mostListed }, (_, index) => row({ id: `a${index}` }))
    expect(isCut(full, '2026-11-20T08:00:00Z')).toBe(true)
    expect(isCut(full, '2026-11-20T09:30:00Z')).toBe(false)
    expect(isCut(full.slice(1), '2026-11-20T08:00:00Z')).toBe(false)
  })
})

describe('the window of a chart', () => {
  it('is halved around its middle, down to ten seconds, and moves within what there is', () => {
    expect(zoomedIn([0, 3600])).toEqual([900, 2700])
    expect(zoomedIn([0, 10])).toEqual([0, 10])
    expect(moved([900, 2700], -1, [0, 3600])).toEqual([0, 1800])
    expect(moved([900, 2700], 1, [0, 3600])).toEqual([1800, 3600])
    expect(moved([0, 1800], -1, [0, 3600])).toEqual([0, 1800])
  })
})
