import { describe, expect, it } from 'vitest'
import { type Entities, NOTHING_KNOWN, readEntities } from './entities.ts'

const read = (text: string) => readEntities(text).entities

const TABLE: [string, Entities][] = [
  ['in gpu-east', { clusters: ['gpu-east'] }],
  ['compare gpu-east with gpu-west and hub', { clusters: ['gpu-east', 'gpu-west', 'hub'] }],
  ['the edge-1 cluster', { clusters: ['edge-1'] }],
  ['Qwen/Qwen3-8B', { model: 'Qwen/Qwen3-8B' }],
  ['Llama-3.1-70B-Instruct please', { model: 'Llama-3.1-70B-Instruct' }],
  ['meta-llama/Llama-3.3-70B-Instruct', { model: 'meta-llama/Llama-3.3-70B-Instruct' }],
  ['gpt-oss-120b', { model: 'gpt-oss-120b' }],
  ['Mixtral-8x7B-Instruct-v0.1', { model: 'Mixtral-8x7B-Instruct-v0.1' }],
  ['DeepSeek-V3.2', { model: 'DeepSeek-V3.2' }],
  ['nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16', { model: 'nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16' }],
  ['Qwen3.5-122B-A10B-FP8', { model: 'Qwen3.5-122B-A10B-FP8' }],
  ['two GPUs', { gpus: 2 }],
  ['a single GPU', { gpus: 1 }],
  ['a pair of GPUs', { gpus: 2 }],
  ['tensor parallel 4', { gpus: 4 }],
  ['tp 8', { gpus: 8 }],
  ['8 x H100', { gpus: 8, gpuModel: 'H100' }],
  ['two H200 GPUs', { gpus: 2, gpuModel: 'H200' }],
  ['one RTX 4090', { gpus: 1, gpuModel: 'RTX 4090' }],
  ['on MI300X', { gpuModel: 'MI300X' }],
  ['one head and three GPU workers', { heads: 1, workers: 3, gpusPerWorker: 1 }],
  ['4 workers with 2 GPUs each', { workers: 4, gpusPerWorker: 2 }],
  ['3 workers, 2 H100 per worker', { workers: 3, gpusPerWorker: 2, gpuModel: 'H100' }],
  ['3 replicas', { replicas: 3 }],
  ['at least 4 free GPUs', { gpus: 4, minFreeGpus: 4 }],
  ['8 or more GPUs free', { minFreeGpus: 8 }],
  ['job 42', { job: '42' }],
  ['job #42', { job: '42' }],
  ['jobs number 7', { job: '7' }],
  ['#9', { job: '9' }],
  ['cj-0042', { job: 'cj-0042' }],
  ['namespace team-a', { namespace: 'team-a' }],
  ['in the monitoring namespace', { namespace: 'monitoring' }],
  ['kubectl -n kube-system', { namespace: 'kube-system' }],
  ['pod api-7d9f8b6c5-x2x4k', { pod: 'api-7d9f8b6c5-x2x4k' }],
  ['logs of team-a/api-0', { namespace: 'team-a', pod: 'api-0' }],
  ['logs of team-a/qwen3-8b-decode-0', { namespace: 'team-a', pod: 'qwen3-8b-decode-0' }],
  ['node gpu-east-h100-03', { node: 'gpu-east-h100-03' }],
  ['last hour', { sinceSeconds: 3600 }],
  ['over the past 30 minutes', { sinceSeconds: 1800 }],
  ['6h', { sinceSeconds: 21_600 }],
  ['the last two days', { sinceSeconds: 172_800 }],
  ['half an hour', { sinceSeconds: 1800 }],
  ['this week', { sinceSeconds: 604_800 }],
  ['today', { sinceSeconds: 86_400 }],
  ['every 5 minutes', { stepSeconds: 300 }],
  ['not ready', { status: 'not-ready' }],
  ['crashlooping', { status: 'failing' }],
  ['critical', { severity: 'critical' }],
  ['with sglang', { engine: 'sglang' }],
  ['under $2.50', { maxPrice: 2.5 }],
  ['tier=gold', { labels: 'tier=gold' }],
  ['top 5', { limit: 5 }],
  ['named trainer', { name: 'trainer' }],
  ['the last 100 lines', { lines: 100 }],
] // biome-ignore format: a table reads better with one row a text

describe('entities', () => {
  it.each(TABLE)('%s', (text, expected) => {
    expect(read(text)).toEqual(expected)
  })

  it.each([
    'how is the time-to-first-token',
    'real-time load',
    'is there something',
    'which one is it',
    'out-of-memory kills',
    'end-to-end',
  ])('finds nothing to name in "%s"', (text) => {
    expect(read(text)).toEqual({})
  })

  it('knows a bare word for a cluster once it was shown', () => {
    expect(readEntities('alerts in oslo', { ...NOTHING_KNOWN, clusters: ['oslo'] }).entities).toEqual({
      clusters: ['oslo'],
    })
    expect(read('alerts in oslo')).toEqual({})
  })

  it('reads only the beginning of a very long text', () => {
    expect(read(`${'blah '.repeat(5000)} in gpu-east`)).toEqual({})
    expect(read(`in gpu-east ${'blah '.repeat(5000)}`)).toEqual({ clusters: ['gpu-east'] })
  })

  it('keeps words inside names out of the text that rules read', () => {
    expect(readEntities('pod error-log-shipper-7d9f8b6c5-x2x4k in gpu-east').plain).not.toMatch(/error|log|gpu/)
  })
})
