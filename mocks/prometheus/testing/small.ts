import type { PrometheusOptions } from '../main.ts'
import { startPrometheus } from '../main.ts'
import type { SeriesSource } from '../types.ts'
import { type ApiAnswer, ask } from './compare.ts'

/** A handful of series and a running mock over them. */

export const stepMs = 15_000
/** A multiple of the scrape interval, so that step 0 lies on the grid. */
export const originMs = 1_700_000_100_000

/** What a series holds at its n-th scrape. */
export type Values = (step: number) => number | undefined

/** `{ 'up{job="a"}': (step) => 1 }` as a source; names may repeat with other labels. */
export function sourceOf(series: Record<string, Values>): SeriesSource {
  const all = Object.entries(series).map(([text, values]) => {
    const labels: Record<string, string> = { __name__: text.replace(/\{.*/, '') }
    for (const match of text.matchAll(/(\w+)="([^"]*)"/g)) labels[match[1] as string] = match[2] as string
    return { labels, at: (tMs: number) => (tMs < originMs ? undefined : values((tMs - originMs) / stepMs)) }
  })
  return {
    scrapeIntervalMs: stepMs,
    startMs: originMs,
    series: (_, name) => (name ? all.filter((one) => one.labels.__name__ === name) : all),
    metadata: () => ({ up: { type: 'gauge', help: 'Whether the scrape worked.', unit: '' } }),
  }
}

export interface Running {
  url: string
  get(path: string): Promise<ApiAnswer>
  /** The instant vector as `{ '{job="a"}': '1' }`, metric names in front, or the error text. */
  instant(query: string, step: number): Promise<Record<string, string> | string>
  close(): Promise<void>
}

interface VectorBody {
  error?: string
  data?: {
    resultType: string
    result: { metric: Record<string, string>; value: [number, string] }[] | [number, string]
  }
}

export const textOf = ({ __name__: name = '', ...labels }: Record<string, string>) =>
  `${name}{${Object.entries(labels)
    .sort()
    .map(([key, value]) => `${key}="${value}"`)
    .join(',')}}`

export async function run(source: SeriesSource, options: Partial<PrometheusOptions> = {}): Promise<Running> {
  const server = await startPrometheus({ source, cluster: 'test', now: () => originMs + 1000 * stepMs, ...options })
  const get = (path: string) => ask(`${server.url}${path}`)
  return {
    url: server.url,
    get,
    close: server.close,
    async instant(query, step) {
      const time = (originMs + step * stepMs) / 1000
      const { body } = await get(`/api/v1/query?query=${encodeURIComponent(query)}&time=${time}`)
      const { error, data } = body as VectorBody
      if (!data) return error ?? ''
      if (data.resultType !== 'vector') return String((data.result as [number, string])[1])
      const result = data.result as { metric: Record<string, string>; value: [number, string] }[]
      return Object.fromEntries(result.map((item) => [textOf(item.metric), item.value[1]]))
    },
  }
}
