import { describe, expect, it } from 'vitest'
import { type AlertRow, alertPath, filterOf, grouped, matching, withEvent } from './alert-list.ts'

const row = (part: Partial<AlertRow> = {}): AlertRow => ({
  id: 'gpu-east/aa',
  cluster: 'gpu-east',
  alert: 'GpuHot',
  severity: 'warning',
  severityTone: 'warn',
  state: 'firing',
  since: '2026-11-20T10:00:00.000Z',
  ...part,
})

describe('the list of alerts (ALR-015)', () => {
  it('filters by what the address says', () => {
    const rows = [row(), row({ id: 'hub/b', cluster: 'hub', severity: 'critical' }), row({ id: 'hub/c', unread: true })]
    const by = (search: string) => matching(rows, filterOf(new URLSearchParams(search))).map(({ id }) => id)
    expect(by('')).toHaveLength(3)
    expect(by('cluster=hub&severity=critical')).toEqual(['hub/b'])
    expect(by('state=unread')).toEqual(['hub/c'])
    expect(by('text=gpuhot+hub')).toEqual(['hub/b'])
  })

  it('puts alike ones together, critical and firing first', () => {
    const groups = grouped([
      row({ id: 'gpu-east/1', unread: true }),
      row({ id: 'gpu-east/2' }),
      row({ id: 'gpu-east/3', state: 'silenced' }),
      row({ id: 'gpu-east/4', severity: 'critical' }),
    ])
    expect(groups.map(({ rows }) => rows.map(({ id }) => id))).toEqual([
      ['gpu-east/4'],
      ['gpu-east/1', 'gpu-east/2'],
      ['gpu-east/3'],
    ])
    expect(groups[1]?.unread).toBe(1)
  })

  it('takes events: a new one is unread, a read one that goes on stays read, a resolved one stays until the next look', () => {
    const fired = (data: AlertRow) => ({ name: 'alert.fired', data })
    expect(withEvent([], fired(row()))[0]?.unread).toBe(true)
    expect(withEvent([row()], fired(row({ summary: 'hotter' })))[0]).toMatchObject({ summary: 'hotter' })
    expect(withEvent([row()], fired(row()))[0]?.unread).toBeUndefined()
    expect(withEvent([row()], fired(row({ since: '2026-11-20T11:00:00.000Z' })))[0]?.unread).toBe(true)
    const resolved = { name: 'alert.resolved', data: row({ state: 'resolved' }) }
    expect(withEvent([row({ unread: true })], resolved)).toEqual([row({ state: 'resolved' })])
    expect(withEvent([], resolved)).toEqual([])
  })

  it('has a page for each', () => {
    expect(alertPath('gpu-east/6145')).toBe('/alerts/gpu-east/6145')
  })
})
