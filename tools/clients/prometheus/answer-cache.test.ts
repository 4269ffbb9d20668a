import { setImmediate as tick } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AnswerCache } from './answer-cache.ts'

const open = (maxBytes = 1_000) => {
  const clock = { ms: 0 }
  return { clock, cache: new AnswerCache({ now: () => clock.ms, maxBytes }) }
}
const plain = { ttlMs: 1_000, sizeOf: () => 100 }
const fails = async () => {
  throw new Error('down')
}

describe('AnswerCache', () => {
  it('keeps a success for its time, says when it was read, and keeps no failure (MET-018, MET-023)', async () => {
    const { cache, clock } = open()
    await expect(cache.through('a', { ...plain, read: fails })).rejects.toThrow('down')
    expect(await cache.through('a', { ...plain, read: async () => 1 })).toEqual({ value: 1 })
    clock.ms = 999
    expect(await cache.through('a', { ...plain, read: fails })).toEqual({ value: 1, readAt: new Date(0) })
    clock.ms = 1_000
    await expect(cache.through('a', { ...plain, read: fails })).rejects.toThrow('down')
  })

  it('is passed by when asked to, and keeps what was read then', async () => {
    const { cache } = open()
    await cache.through('a', { ...plain, read: async () => 1 })
    expect(await cache.through('a', { ...plain, fresh: true, read: async () => 2 })).toEqual({ value: 2 })
    expect((await cache.through('a', { ...plain, read: fails })).value).toBe(2)
  })

  it('asks equal questions once while the first is under way', async () => {
    const { cache } = open()
    let asked = 0
    const read = async () => {
      asked += 1
      await tick()
      return asked
    }
    const answers = await Promise.all([1, 2, 3].map(() => cache.through('a', { ...plain, read })))
    expect(answers.map(({ value }) => value)).toEqual([1, 1, 1])
    expect(asked).toBe(1)
  })

  it('goes on for those who wait, and stops when nobody does', async () => {
    const { cache } = open()
    const [first, second] = [new AbortController(), new AbortController()]
    let stopped = false
    let land = (_: number) => {}
    const read = (signal: AbortSignal) =>
      new Promise<number>((resolve, reject) => {
        land = resolve
        signal.addEventListener('abort', () => {
          stopped = true
          reject(new Error('given up'))
        })
      })
    const one = cache.through('a', { ...plain, signal: first.signal, read })
    const two = cache.through('a', { ...plain, signal: second.signal, read: fails })
    first.abort(new Error('first left'))
    await expect(one).rejects.toThrow('first left')
    expect(stopped).toBe(false)
    land(7)
    expect((await two).value).toBe(7)

    const third = new AbortController()
    const alone = cache.through('b', { ...plain, signal: third.signal, read })
    third.abort(new Error('third left'))
    await expect(alone).rejects.toThrow('given up')
    expect(stopped).toBe(true)
    expect((await cache.through('b', { ...plain, read: async () => 8 })).value).toBe(8)
  })

  it('never holds more bytes than it may, and keeps what was used last', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 400 })), { maxLength: 60 }),
        async (uses) => {
          const { cache } = open()
          for (const [name, bytes] of uses) {
            await cache.through(String(name), { ttlMs: 1, sizeOf: () => bytes, fresh: true, read: async () => bytes })
            expect(cache.bytes).toBeLessThanOrEqual(1_000)
            const again = cache.through(String(name), { ...plain, read: async () => -1 })
            // what is larger than a quarter is not kept at all
            expect((await again).value).toBe(bytes <= 250 ? bytes : -1)
          }
        },
      ),
    )
  })
})
