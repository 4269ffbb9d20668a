import { describe, expect, it } from 'vitest'
import { fieldCell, memberName } from './resource-fields.ts'

const object = {
  metadata: { labels: { 'app.kubernetes.io/name': 'web' } },
  spec: { replicas: 3, containers: [{ image: 'a:1' }, { image: 'b:2' }], limits: { cpu: '1' } },
  status: {
    conditions: [
      { type: 'Ready', status: 'False' },
      { type: 'Available', status: 'True' },
    ],
  },
}

describe('a field of an object', () => {
  it.each([
    ['spec.replicas', 3],
    ['metadata.labels.app.kubernetes.io/name', 'web'],
    ['spec.containers[*].image', 'a:1, b:2'],
    ['spec.containers[1].image', 'b:2'],
    ['status.conditions[type=Ready].status', 'False'],
    ['status.conditions[*].type', 'Ready, Available'],
    ['spec.limits[*]', '1'],
    ['spec.limits', '{"cpu":"1"}'],
    ['spec.nothing.here', undefined],
    ['status.conditions[type=Nope].status', undefined],
  ])('%s', (path, expected) => {
    expect(fieldCell(object, path)).toBe(expected)
  })

  it('names members of a row after columns', () => {
    expect(['Desired', 'Up-to-date', 'Created At', 'IP', '%'].map(memberName)).toEqual([
      'desired',
      'upToDate',
      'createdAt',
      'ip',
      'column',
    ])
  })
})
