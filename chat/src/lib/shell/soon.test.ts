import { expect, it } from 'vitest'
import { soon } from './soon.ts'

const aTask = () => new Promise((resolve) => setTimeout(resolve, 5))

it('begins after what is being done, and ends once', async () => {
  const said: string[] = []
  const end = soon(() => {
    said.push('begun')
    return () => said.push('ended')
  })
  said.push('awake')
  await aTask()
  end()
  expect(said).toEqual(['awake', 'begun', 'ended'])
})

it('does not begin when it was ended before', async () => {
  const said: string[] = []
  soon(() => {
    said.push('begun')
    return undefined
  })()
  await aTask()
  expect(said).toEqual([])
})
