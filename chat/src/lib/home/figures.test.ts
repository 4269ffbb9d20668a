import { expect, it } from 'vitest'
import { fleetFigures } from './figures.ts'

const at = '2026-11-20T12:00:00Z'

it('UIX-014: clusters, use over all GPUs, critical alerts, health; what nobody said is left out', () => {
  const summary = {
    card: 'status',
    at,
    data: {
      title: '5 clusters',
      facts: [
        { label: 'online', value: '4', tone: 'warn' },
        { label: 'average health', value: '93 of 100' },
        { label: 'critical alerts', value: '2', tone: 'bad' },
      ],
    },
  }
  const gpus = {
    card: 'table',
    at,
    data: { rows: [{ gpus: 30, utilizationPercent: 90 }, { gpus: 10, utilizationPercent: 10 }, { gpus: 8 }] },
  }
  expect(fleetFigures(summary, gpus)).toEqual({
    online: '4',
    all: '5',
    use: 70,
    critical: '2',
    criticalTone: 'bad',
    health: '93',
  })
  expect(fleetFigures(undefined, { card: 'error', at })).toEqual({})
})
