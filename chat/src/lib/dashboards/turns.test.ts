import { expect, it } from 'vitest'
import { Turns } from './turns.ts'

const settle = () => new Promise((resolve) => setImmediate(resolve))

it('lets a few go and the next one when one is done; who left does not take a turn', async () => {
  const turns = new Turns(2)
  const ends: (() => void)[] = []
  const leaving = new AbortController()
  const stay = new AbortController().signal
  const begin = (signal = stay) => turns.take(signal).then((end) => ends.push(end))
  void begin()
  void begin()
  const left = begin(leaving.signal).catch(() => 'left')
  void begin()
  await settle()
  expect(ends).toHaveLength(2)
  leaving.abort()
  expect(await left).toBe('left')
  ends[0]!()
  ends[0]!()
  await settle()
  expect(ends).toHaveLength(3)
  void begin()
  await settle()
  expect(ends).toHaveLength(3)
  ends[1]!()
  await settle()
  expect(ends).toHaveLength(4)
})
