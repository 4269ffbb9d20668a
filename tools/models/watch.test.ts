import { describe, expect, it } from 'vitest'
import type { NewEvent } from '#contract'
import type { KubeObject } from '../clients/kubernetes/types.ts'
import { testContext } from '../testing.ts'
import { perCluster } from '../testing-upstreams.ts'
import { servedEvents } from './read/served-events.ts'
import { graphOf, graphPod, servingCluster } from './testing-served.ts'
import { watchDeployments } from './watch.job.ts'

const look = async (watched: readonly string[], graphs: KubeObject[], asked: { resource: string }[] = []) => {
  const announced: NewEvent[] = []
  const objects = { dynamographdeployments: graphs, pods: [graphPod('qwen-worker-1', { graph: 'qwen' })] }
  const east = servingCluster({ cluster: 'east', objects, asked })
  const dead = new Error('dead')
  const ctx = testContext({ clients: { kubernetes: perCluster({ east, dead }) }, announced, watched })
  await watchDeployments.run(ctx)
  for (const { name, data } of announced) servedEvents[name as keyof typeof servedEvents].parse(data)
  return announced
}

describe('models.watch-deployments', () => {
  it('asks nothing while nobody looks', async () => {
    const asked: { resource: string }[] = []
    expect(await look([], [graphOf('qwen')], asked)).toEqual([])
    expect(asked).toEqual([])
  })

  it('tells the row of every deployment to lists, and which are gone (MOD-046)', async () => {
    const both = await look(['models/served/*'], [graphOf('qwen'), graphOf('llama', { state: 'failed' })])
    expect(both.map(({ subject, data }) => [subject, data.phase])).toEqual([
      ['models/served/east/inference/qwen', 'running'],
      ['models/served/east/inference/llama', 'failed'],
    ])
    const one = await look(['models/served/*'], [graphOf('qwen')])
    expect(one.at(-1)).toMatchObject({ data: { remove: ['east/inference/llama'] } })
  })

  it('what is there and not understood is not gone', async () => {
    await look(['models/served/*'], [graphOf('qwen'), graphOf('llama')])
    const events = await look(['models/served/*'], [graphOf('qwen'), { ...graphOf('llama'), spec: { components: 1 } }])
    expect(events.map(({ subject }) => subject)).toEqual(['models/served/east/inference/qwen'])
  })

  it('tells the state of one to its card (MOD-053)', async () => {
    const watched = ['models/state/east/*', 'models/state/east/inference/qwen']
    const events = await look(watched, [graphOf('qwen'), graphOf('llama')])
    expect(events).toEqual([
      expect.objectContaining({
        subject: 'models/state/east/inference/qwen',
        data: { state: 'running', tone: 'good', summary: '2 of 2 replicas ready.' },
      }),
    ])
  })
})
