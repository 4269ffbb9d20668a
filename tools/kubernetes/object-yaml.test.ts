import { describe, expect, it } from 'vitest'
import { cutYaml, memberAt, readable, toYaml } from './object-yaml.ts'

const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'Opaque',
  metadata: {
    name: 'db',
    namespace: 'shop',
    managedFields: [{ manager: 'kubectl' }],
    annotations: {
      'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"password":"aHVudGVyMg=="}}',
      note: 'kept',
    },
  },
  data: { password: Buffer.from('hunter2').toString('base64') },
  stringData: { token: 'CANARY' },
}

it('never shows what a Secret holds, and leaves out what machines wrote', () => {
  const yaml = toYaml(readable(secret))
  expect(yaml).not.toMatch(/hunter2|aHVudGVyMg|CANARY|managedFields|last-applied/)
  expect(yaml).toContain('password: (hidden, 7 bytes)')
  expect(yaml).toContain('note: kept')
  expect(yaml.split('\n').slice(0, 3)).toEqual(['apiVersion: v1', 'kind: Secret', 'metadata:'])
})

describe('memberAt', () => {
  const object = {
    spec: { containers: [{ name: 'a', image: 'x:1' }] },
    metadata: { labels: { 'app.kubernetes.io/name': 'web' } },
  }
  it.each([
    ['spec.containers.0.image', 'x:1'],
    ['spec.containers[0].name', 'a'],
    ['.metadata.labels.app.kubernetes.io/name', 'web'],
    ['spec.nothing', undefined],
    ['spec.containers.0.image.deeper', undefined],
    ['__proto__', undefined],
  ])('%s', (path, value) => {
    expect(memberAt(object, path)).toBe(value)
  })
})

it('cuts at a line when an answer cannot hold it, and says so', () => {
  expect(cutYaml('a: 1')).toEqual({ yaml: 'a: 1' })
  const long = Array.from({ length: 2000 }, (_, index) => `key${index}: "value"`).join('\n')
  const { yaml, note } = cutYaml(long)
  expect(Buffer.byteLength(JSON.stringify(yaml))).toBeLessThanOrEqual(7500)
  expect(note).toMatch(/^\d+ of 2000 lines/)
  expect(cutYaml('x'.repeat(50_000)).yaml.length).toBeLessThan(7500)
})
