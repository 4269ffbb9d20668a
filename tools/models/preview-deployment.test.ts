import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CardData } from '#contract'
import { testContext } from '../testing.ts'
import { type TestFleet, testFleet } from '../testing-world.ts'
import { previewDeployment } from './preview-deployment.tool.ts'

const prices = { source: 'test', asOf: '2026-11-01', gpuHourUsdCents: { H100: 250, A100: 180, H200: 400, L40S: 90 } }
let fleet: TestFleet
beforeAll(async () => {
  fleet = await testFleet(['hub', 'gpu-east', 'gpu-west', 'edge-lab'], { prices })
})
afterAll(() => fleet.close())

const preview = async (input: object) => {
  const ctx = testContext({ clients: fleet.clients, now: fleet.now })
  const reply = await previewDeployment.run(previewDeployment.input.parse(input) as never, ctx)
  return { ...(reply.data as CardData['record']), next: reply.next }
}
const fact = (data: CardData['record'], label: string) => data.facts.find((one) => one.label === label)?.value

describe('preview_deployment', () => {
  it('MOD-028: shows the command line, the manifests, fit, room and cost, and stores nothing', async () => {
    const data = await preview({ model: 'Qwen3-8B', cluster: 'gpu-east', gpus: 2, namespace: 'inference' })
    expect(data.title).toBe('Preview of inference/qwen3-8b on gpu-east')
    expect(data.yaml).toContain('kind: DynamoGraphDeployment')
    expect(data.note).toContain('Command: python3 -m dynamo.vllm --model Qwen/Qwen3-8B')
    expect(fact(data, 'Cost')).toBe('$5.00 an hour')
    expect(fact(data, 'Memory')).toContain('GiB weights')
    expect(fact(data, 'Displaces')).toBe('nothing')
    expect((await preview({ model: 'Qwen3-8B', cluster: 'gpu-east', gpus: 2, namespace: 'inference' })).facts).toEqual(
      data.facts,
    )
  })

  it('finds the cheapest cluster with room where none is named, and says why', async () => {
    const data = await preview({ model: 'Qwen3-8B', namespace: 'inference' })
    expect(data.title).toContain('on gpu-west')
    expect(fact(data, 'Cluster')).toMatch(/^cheapest of \d clusters with room: gpu-west on NVIDIA L40S \$0.90 an hour/)
    expect(data.yaml).toContain('nvidia.com/gpu.product: NVIDIA-L40S')
  })

  it('gives the same call for deploy_model as the next one, with what was chosen', async () => {
    const asked = {
      model: 'Qwen3-8B',
      gpuModel: 'H200',
      contextLength: 8192,
      name: 'chat',
      options: { routerMode: 'kv' },
    }
    const { next } = await preview({ ...asked, namespace: 'inference' })
    expect(JSON.parse(next![0]!.replace('deploy_model ', ''))).toMatchObject({
      ...asked,
      model: 'Qwen/Qwen3-8B',
      cluster: 'gpu-east',
      gpus: 1,
      namespace: 'inference',
    })
  })

  it('takes the fewest GPUs that hold the model where none are given', async () => {
    const data = await preview({ model: 'Llama-3.3-70B-Instruct', cluster: 'gpu-east', gpuModel: 'H100' })
    expect(Number(fact(data, 'GPUs'))).toBeGreaterThan(1)
  })

  it('creates the namespace where it is missing, and says that it could not be tried there', async () => {
    const data = await preview({ model: 'Qwen3-8B', cluster: 'gpu-east', namespace: 'brand-new' })
    expect(data.facts.find(({ label }) => label.startsWith('The API server'))).toMatchObject({
      tone: 'warn',
      value: expect.stringContaining('the namespace brand-new is created'),
    })
  })
})
