import type { CardData } from '#contract'
import { at, minutesAgo } from './moment.ts'

export const exampleSeries = (count: number, points: number): CardData['time-series'] => ({
  title: 'p95 time to first token',
  query: 'histogram_quantile(0.95, sum by (le, model) (rate(vllm:time_to_first_token_seconds_bucket[5m])))',
  resultType: points === 1 ? 'vector' : 'matrix',
  start: minutesAgo(60),
  end: at,
  stepSeconds: 15,
  unit: 'seconds',
  series: Array.from({ length: count }, (_, index) => {
    const name = ['qwen3-8b', 'llama-3.3-70b', 'deepseek-r1', 'mistral-small', 'phi-4'][index] ?? `model-${index}`
    const values = Array.from({ length: points }, (_, point): [number, string] => {
      const wave = Math.sin(point / 9 + index) * 0.06 + Math.sin(point / 3.1 + index * 2) * 0.015
      const gap = index === 1 && point > points * 0.5 && point < points * 0.56
      const value = 0.18 + index * 0.11 + wave + (index === 2 && point > points * 0.8 ? 0.3 : 0)
      return [Date.parse(at) / 1000 - (points - point) * 15, gap ? 'NaN' : value.toFixed(4)]
    })
    const numbers = values.map(([, value]) => Number(value)).filter(Number.isFinite)
    return {
      id: `series-${index}`,
      name,
      cluster: index % 2 ? 'gpu-west' : 'gpu-east',
      metric: { model: name, cluster: 'gpu-east' },
      values,
      points,
      last: numbers.at(-1),
      min: Math.min(...numbers),
      avg: numbers.reduce((sum, value) => sum + value, 0) / Math.max(1, numbers.length),
      max: Math.max(...numbers),
    }
  }),
})
