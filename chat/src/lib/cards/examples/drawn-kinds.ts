import type { CardData } from '#contract'

type Kinds = Pick<CardData, 'graph' | 'cost' | 'report'>

const calls = (source: string, target: string, more: Partial<Kinds['graph']['edges'][number]> = {}) => ({
  id: `gpu-east/${source}/${target}`,
  cluster: 'gpu-east',
  source,
  target,
  label: '12/s',
  weight: 12,
  errorPercent: 0,
  p95Ms: 41,
  state: 'ok',
  tone: 'good' as const,
  ...more,
})

export const exampleKinds: Kinds = {
  graph: {
    title: '6 dependencies of 6 services',
    nodes: [
      { id: 'gateway', label: 'gateway', kind: 'service' },
      { id: 'router', label: 'router', kind: 'service', state: 'ok', tone: 'good' },
      { id: 'qwen3-8b', label: 'qwen3-8b', kind: 'service', state: 'failing', tone: 'bad' },
      { id: 'llama-3.3-70b', label: 'llama-3.3-70b', kind: 'service', state: 'ok', tone: 'good' },
      { id: 'kv-cache', label: 'kv-cache', kind: 'service', state: 'some errors', tone: 'warn' },
      { id: 'postgres', label: 'postgres', kind: 'service', state: 'ok', tone: 'good' },
    ],
    edges: [
      calls('gateway', 'router', { label: '118/s', weight: 118, p95Ms: 310 }),
      calls('router', 'qwen3-8b', {
        label: '80/s',
        weight: 80,
        errorPercent: 7.2,
        p95Ms: 2140,
        state: 'failing',
        tone: 'bad',
      }),
      calls('router', 'llama-3.3-70b', { label: '38/s', weight: 38, p95Ms: 1220 }),
      calls('qwen3-8b', 'kv-cache', { errorPercent: 1.1, state: 'some errors', tone: 'warn' }),
      calls('llama-3.3-70b', 'kv-cache'),
      calls('gateway', 'postgres', { label: '9/s', weight: 9, p95Ms: 4 }),
    ],
    note: 'hub: a sample of 30 traces, no rates',
  },
  cost: {
    title: 'One head and 3 workers with 2 GPUs each',
    state: 'fits',
    tone: 'good',
    summary: 'It would go to gpu-east; $17.10 an hour',
    per: 'hour',
    lines: [
      {
        id: 'workers',
        label: 'Workers',
        quantity: '3 × 2 H100',
        rate: { amount: 285, currency: 'usd-cent' },
        cost: { amount: 1710, currency: 'usd-cent' },
      },
      { id: 'head', label: 'Head', quantity: '1 × 4 cores', note: 'CPU machines have no price in the list' },
    ],
    totals: [{ amount: 1710, currency: 'usd-cent' }],
    unpriced: 1,
    facts: [
      { label: 'GPUs', value: '6' },
      { label: 'CPU cores', value: '52' },
    ],
    checks: [
      { id: 'gpu-east', label: 'gpu-east', state: 'room', tone: 'good', detail: 'room for the head and all 3 workers' },
      { id: 'hub', label: 'hub', state: 'no KubeRay', tone: 'neutral', detail: 'KubeRay is not installed' },
    ],
    source: 'the price list of 2026-11-01',
  },
  report: {
    title: 'Incident: qwen3-8b slow on gpu-east',
    summary:
      'One GPU of gpu-east-07 fell off the bus; its replica served from 11:40 to 11:58 at a third of the usual rate.',
    tone: 'warn',
    from: '2026-11-20T08:40:00.000Z',
    to: '2026-11-20T08:58:00.000Z',
    facts: [
      { label: 'Checked', value: '9 things' },
      { label: 'Changes', value: '1 approved' },
    ],
    sections: [
      {
        id: 'found',
        title: 'What was found',
        at: '2026-11-20T08:44:00.000Z',
        text: '- **XID 79** on `gpu-east-07`, GPU 3, at 08:40\n- p95 time to first token rose from 0.31 s to 2.1 s',
      },
      {
        id: 'done',
        title: 'What was done',
        tone: 'good',
        text: 'Node **gpu-east-07** was drained. Approved by Local owner.',
      },
    ],
  },
}
