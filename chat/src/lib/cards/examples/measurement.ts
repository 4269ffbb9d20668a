import type { CardData } from '#contract'
import { at, minutesAgo } from './moment.ts'

const exampleMetric = (
  more: Pick<CardData['measurement']['metrics'][number], 'id' | 'label'> & { p50: number; spread: number } & Partial<
      CardData['measurement']['metrics'][number]
    >,
): CardData['measurement']['metrics'][number] => {
  const { p50, spread, ...rest } = more
  const min = p50 - spread
  const max = p50 + 4 * spread
  return {
    unit: 'ms',
    better: 'lower',
    samples: 64,
    mean: p50 + spread * 0.3,
    p50,
    p90: p50 + 1.6 * spread,
    p95: p50 + 2.2 * spread,
    p99: p50 + 3.6 * spread,
    min,
    max,
    bounds: Array.from({ length: 17 }, (_, index) => min + (index * (max - min)) / 16),
    counts: [2, 6, 11, 14, 10, 7, 5, 3, 2, 1, 1, 0, 1, 0, 0, 1],
    ...rest,
  }
}

export const exampleMeasurement: CardData['measurement'] = {
  title: 'Test of qwen3-32b on gpu-east',
  state: 'succeeded',
  verdict:
    'First token p95 276 ms, then 22.4 ms a token, 318 tokens/s in all at 8 at once; 61 of 64 within the objective',
  tone: 'warn',
  percent: 100,
  steps: [
    { id: 'models', label: 'Lists its models', state: 'succeeded', detail: 'serves Qwen/Qwen3-32B', at },
    {
      id: 'completion',
      label: 'Answers a question',
      state: 'succeeded',
      detail: '"I am ready." in 412 ms, 5 tokens',
      at,
    },
    { id: 'stream', label: 'Streams an answer', state: 'succeeded', detail: 'first token after 204 ms', at },
    { id: 'load', label: 'Bears the load', state: 'succeeded', detail: '64 requests measured', at },
  ],
  metrics: [
    exampleMetric({
      id: 'ttft',
      label: 'Time to first token',
      p50: 210,
      spread: 30,
      objective: 280,
      before: 243,
      changePercent: -13.6,
      change: 'better',
    }),
    exampleMetric({
      id: 'itl',
      label: 'Between tokens',
      p50: 21.2,
      spread: 1.4,
      before: 21,
      changePercent: 1,
      change: 'same',
    }),
    exampleMetric({
      id: 'e2e',
      label: 'Whole request',
      p50: 1550,
      spread: 120,
      before: 1390,
      changePercent: 11.5,
      change: 'worse',
    }),
    exampleMetric({
      id: 'rate',
      label: 'Tokens of a request',
      unit: 'tokens/s',
      better: 'higher',
      p50: 41.3,
      spread: 2.1,
    }),
  ],
  facts: [
    { label: 'Throughput', value: '318 tokens/s' },
    { label: 'Requests', value: '64 in 12.9 s, 4.96/s' },
    { label: 'Within the objective', value: '61 of 64 (95 %), 4.7/s', tone: 'warn' },
    { label: 'Failed', value: '0' },
  ],
  settings: [
    { label: 'Concurrency', value: '8' },
    { label: 'Requests', value: '64 + 8 to warm up' },
    { label: 'Prompt', value: 'about 256 tokens' },
    { label: 'Answer', value: '≤ 64 tokens' },
    { label: 'First token within', value: '280 ms' },
  ],
  failures: [
    { kind: 'rate-limited', count: 2, text: 'The model endpoint is overloaded and takes no more requests (529)' },
  ],
  comparison: 'Compared with the test of 11-19 17:20 under the same load',
  notes: ['A chunk carries 1.6 tokens on average: the time between chunks is not that between tokens.'],
  startedAt: minutesAgo(1),
  endedAt: at,
}
