import { describe, expect, it } from 'vitest'
import type { NewEvent } from '#contract'
import { gpuEvents } from './events.ts'
import { dcgm, gpuFleet } from './testing.ts'
import { watchGpus } from './watch.job.ts'

async function run(watched: string[]) {
  const announced: NewEvent[] = []
  const east = dcgm([{ node: 'n1', gpu: 0, util: 20 }, { node: 'n1', gpu: 1, util: 40 }, { node: 'n2' }])
  await watchGpus.run(
    gpuFleet({ east: { dcgm: east }, west: { dcgm: dcgm([{ node: 'w1' }]) } }, { announced, watched }) as never,
  )
  return announced
}

describe('gpu.watch (GPU-009, GPU-011)', () => {
  it('asks nothing while nobody looks', async () => expect(await run([])).toEqual([]))

  it('announces a row for each node of the clusters that are looked at', async () => {
    const events = await run(['gpu/node/east/*'])
    expect(events.map(({ name, subject, cluster }) => [name, subject, cluster])).toEqual([
      ['gpu.updated', 'gpu/node/east/n1', 'east'],
      ['gpu.updated', 'gpu/node/east/n2', 'east'],
    ])
    expect(events[0]!.data).toMatchObject({ id: 'east/n1', gpus: 2, utilizationPercent: 30, temperatureC: 60 })
    for (const { name, data } of events) gpuEvents[name as keyof typeof gpuEvents].parse(data)
  })

  it('adds the GPUs of a node that a card shows', async () => {
    const events = await run(['gpu/devices/east/*', 'gpu/devices/east/n1'])
    expect(events.map(({ subject }) => subject)).toEqual([
      'gpu/node/east/n1',
      'gpu/devices/east/n1',
      'gpu/node/east/n2',
    ])
    expect(events[1]!.data.upsert).toMatchObject([
      { id: 'east/n1/GPU-n1-0', utilizationPercent: 20 },
      { id: 'east/n1/GPU-n1-1', utilizationPercent: 40 },
    ])
    gpuEvents['gpu.devices-updated'].parse(events[1]!.data)
  })
})
