import { describe, expect, it } from 'vitest'
import type { CardData } from '#contract'
import { chartOf, componentsOf, factOf, listOf, replicasOf, withoutFacts } from './deployment-detail.ts'

const data: CardData['status'] = {
  title: 'inference/qwen3-8b on gpu-east',
  state: 'running',
  tone: 'good',
  facts: [
    { label: 'replicas', value: '1/3' },
    { label: 'components', value: 'Frontend 1/1, VllmDecodeWorker 1/3 × 4 GPU on 2 nodes' },
    { label: 'revisions', value: '2 scale: replicas 1 → 3; args a; b (ann, 20 Nov); 1 deploy: new (ann, 19 Nov)' },
  ],
  checks: [],
}

describe('what the page of a deployment reads out of its card (MOD-048)', () => {
  it('replicas, components and revisions', () => {
    expect(replicasOf(data)).toBe(3)
    expect(componentsOf(data)).toEqual(['Frontend', 'VllmDecodeWorker'])
    expect(listOf(factOf(data, 'revisions'))).toEqual([
      '2 scale: replicas 1 → 3; args a; b (ann, 20 Nov)',
      '1 deploy: new (ann, 19 Nov)',
    ])
  })
  it('leaves out of the card what stands elsewhere on the page', () => {
    expect(withoutFacts(data, ['revisions']).facts.map(({ label }) => label)).toEqual(['replicas', 'components'])
  })
  it('takes a card that says none of it', () => {
    const bare = { ...data, facts: [] }
    expect([replicasOf(bare), componentsOf(bare), listOf(factOf(bare, 'revisions'))]).toEqual([1, [], []])
  })
})

describe('the chart of a deployment', () => {
  it('is what the metrics lead to, over the window that is looked at', () => {
    const next = ['list_deployments', 'query_metrics {"query":"up{a=\\"b\\"}","clusters":["east"],"since":"1h"}']
    expect(chartOf(next, '6h')).toEqual({ query: 'up{a="b"}', clusters: ['east'], since: '6h' })
  })

  it('is none where nothing leads to one', () => {
    expect(chartOf(undefined, '1h')).toBeUndefined()
    expect(chartOf(['query_metrics'], '1h')).toBeUndefined()
    expect(chartOf(['query_metrics {"query":}'], '1h')).toBeUndefined()
  })
})
