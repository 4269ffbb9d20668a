import { expect, it } from 'vitest'
import { atMost } from './measure.ts'
import { type Report, toJson, toMarkdown, toTable } from './report.ts'

const report: Report = {
  at: '2026-11-20T12:00:00.000Z',
  machine: { cores: 2, memoryGib: 24, node: '24.1.0', load: 0.1 },
  measures: [
    {
      id: 'start',
      title: 'Start',
      tookMs: 5,
      figures: [
        { name: 'cold', value: 301, unit: 'ms', target: atMost(300), comparedWith: 'a bare start' },
        { name: 'memory', value: 90, unit: 'MiB', target: atMost(120) },
        { name: 'tool list_nodes', value: 800 },
      ],
    },
    { id: 'page', title: 'Page', tookMs: 1, figures: [], skipped: 'no browser' },
    { id: 'road', title: 'Road', tookMs: 1, figures: [], failed: 'it broke' },
  ],
}

it('says in JSON what was measured and whether it holds', () => {
  const { machine, measures } = JSON.parse(toJson(report))
  expect(machine.cores).toBe(2)
  expect(measures[0].figures).toEqual([
    {
      name: 'cold',
      value: 301,
      unit: 'ms',
      target: { is: 'at most', value: 300 },
      comparedWith: 'a bare start',
      met: false,
    },
    { name: 'memory', value: 90, unit: 'MiB', target: { is: 'at most', value: 120 }, met: true },
    { name: 'tool list_nodes', value: 800 },
  ])
  expect(measures[1].skipped).toBe('no browser')
})

it('shows people what was missed, skipped and failed, and leaves long lists out', () => {
  const table = toTable(report)
  expect(table).toContain('MISSED cold: 301 ms (≤ 300 ms)')
  expect(table).toContain('met    memory: 90 MiB (≤ 120 MiB)')
  expect(table).toContain('SKIPPED: no browser')
  expect(table).toContain('FAILED: it broke')
  expect(table).not.toContain('tool list_nodes')
})

it('is a table in Markdown, without the patch version of this machine', () => {
  const page = toMarkdown({ ...report, note: 'Taken at night.' })
  expect(page).toContain('| cold | 301 ms | ≤ 300 ms (MISSED) | a bare start |')
  expect(page).toContain('| **Page** | no browser | | |')
  expect(page).toContain('2 cores, Node 24. Taken at night.')
  expect(page).not.toContain('24.1.0')
})
