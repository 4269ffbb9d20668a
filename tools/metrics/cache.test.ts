import { expect, it } from 'vitest'
import { TimedCache } from './cache.ts'

const at = (seconds: number) => new Date(seconds * 1000)

it('forgets by time and by least use, and keeps no failure (MET-018, MET-023)', async () => {
  const cache = new TimedCache<number>(2)
  cache.set('a', 1, at(10))
  cache.set('b', 2, at(10))
  expect(cache.get('a', at(9))).toBe(1)
  cache.set('c', 3, at(10))
  expect(cache.get('b', at(9))).toBeUndefined()
  expect(cache.get('a', at(10))).toBeUndefined()
  const read = async () => {
    throw new Error('down')
  }
  await expect(cache.through('d', { now: at(0), ttlMs: 1000, read })).rejects.toThrow('down')
  expect(await cache.through('d', { now: at(0), ttlMs: 1000, read: async () => 4 })).toBe(4)
  expect(await cache.through('d', { now: at(0.9), ttlMs: 1000, read })).toBe(4)
})
