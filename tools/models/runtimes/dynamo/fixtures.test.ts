import { expect, it } from 'vitest'
import { graphs } from './fixtures.test-data.ts'
import { dynamo } from './runtime.ts'

const expected: Record<string, object> = {
  'a shell line with a variable, kept by Helm': {
    model: 'Qwen/Qwen3-32B',
    servedModelName: 'chat',
    engine: 'vllm',
    mode: 'aggregated',
    keptBy: 'Helm',
    components: [
      { role: 'frontend', replicas: 1, gpusPerReplica: 0 },
      { role: 'worker', replicas: 4, gpusPerReplica: 2 },
    ],
  },
  'several nodes, prefill apart, a planner': {
    model: 'deepseek-ai/DeepSeek-V3',
    engine: 'sglang',
    mode: 'disaggregated',
    keptBy: 'Argo CD',
    endpoint: { service: 'wide-entry' },
    components: [
      { role: 'frontend', replicas: 2, gpusPerReplica: 0 },
      { role: 'planner', replicas: 1, gpusPerReplica: 0 },
      { role: 'prefill', replicas: 2, gpusPerReplica: 8 },
      { role: 'decode', replicas: 1, gpusPerReplica: 32, nodesPerReplica: 4 },
    ],
  },
  'the older version with flags of its time': {
    model: 'meta-llama/Llama-3.1-8B-Instruct',
    engine: 'vllm',
    mode: 'disaggregated',
    keptBy: 'Flux',
    components: [
      { role: 'frontend', replicas: 1, gpusPerReplica: 0 },
      { role: 'prefill', replicas: 2, gpusPerReplica: 1 },
      { role: 'decode', replicas: 3, gpusPerReplica: 4 },
    ],
  },
  'a mocker without GPUs': {
    model: 'Qwen/Qwen3-0.6B',
    servedModelName: 'tiny',
    mode: 'aggregated',
    components: [
      { role: 'frontend', replicas: 1, gpusPerReplica: 0 },
      { role: 'worker', replicas: 1, gpusPerReplica: 0 },
    ],
  },
}

it.each(Object.entries(graphs))('%s reads as what it is (MOD-040)', (title, object) => {
  const found = dynamo.read('gpu-east', object)
  expect(found).toMatchObject(expected[title]!)
  expect(found).toMatchObject({ cluster: 'gpu-east', namespace: 'serving', phase: 'pending' })
})

it('a mocker is no engine', () => {
  expect(dynamo.read('gpu-east', graphs['a mocker without GPUs']!)).not.toHaveProperty('engine')
})
