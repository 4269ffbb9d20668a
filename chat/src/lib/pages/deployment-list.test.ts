import { describe, expect, it } from 'vitest'
import { en } from '../words/en/index.ts'
import { type DeploymentRow, deploymentPath, filterOf, matching, phaseCounts, servedBy } from './deployment-list.ts'

const words = { ...en.ui, ...en.pagesDeployments }

const row = (name: string, over: Partial<DeploymentRow> = {}): DeploymentRow => ({
  id: `gpu-east/inference/${name}`,
  cluster: 'gpu-east',
  namespace: 'inference',
  name,
  model: 'Qwen/Qwen3-8B',
  engine: 'vllm',
  runtime: 'dynamo',
  phase: 'running',
  phaseTone: 'good',
  ready: '1/1',
  gpus: 1,
  ...over,
})
const rows = [
  row('chat-10'),
  row('chat-2'),
  row('short', { phaseTone: 'warn', ready: '1/2' }),
  row('broken', { phase: 'failed', phaseTone: 'bad', reason: 'ImagePullBackOff', engine: 'sglang' }),
  row('new', { phase: 'deploying', phaseTone: 'busy', cluster: 'gpu-west', id: 'gpu-west/inference/new' }),
]
const found = (query: string) => matching(rows, filterOf(new URLSearchParams(query))).map(({ name }) => name)

describe('deployments by their filters (MOD-045)', () => {
  it('shows the troubled first, then by name with digits counted', () => {
    expect(found('')).toEqual(['broken', 'short', 'new', 'chat-2', 'chat-10'])
  })
  it('filters by phase, cluster, engine and words, the reason too', () => {
    expect(found('phase=troubled')).toEqual(['broken', 'short'])
    expect(found('phase=running&text=chat')).toEqual(['chat-2', 'chat-10'])
    expect(found('cluster=gpu-west')).toEqual(['new'])
    expect(found('text=imagepull&engine=sglang')).toEqual(['broken'])
  })
  it('counts what is there', () => {
    expect(phaseCounts(rows, words).map(({ label, count }) => `${label} ${count}`)).toEqual([
      'All 5',
      'Troubled 2',
      'deploying 1',
      'failed 1',
      'running 3',
    ])
  })
  it('leads to the page of one, and says what serves it', () => {
    expect(deploymentPath(rows[0]!)).toBe('/deployments/gpu-east/chat-10?namespace=inference')
    expect(servedBy(rows[0]!, words)).toBe('vLLM · Dynamo')
    expect(servedBy({}, words)).toBe('–')
  })
})
