import * as z from 'zod'
import { cell } from '../text.ts'
import type { LogKind } from './fold.ts'

/** One kind of line over all clusters. */
export const kindRow = z.strictObject({
  id: z.string(),
  level: z.enum(['error', 'warn', 'info', 'debug', 'unknown']),
  levelTone: z.enum(['bad', 'warn', 'neutral']),
  count: z.number().int(),
  pattern: z.string().describe('What varies is masked'),
  example: z.string(),
  first: z.string().optional(),
  last: z.string().optional(),
  clusters: z.string(),
  sources: z.string().describe('Where most of them come from'),
})
export type KindRow = z.output<typeof kindRow>

/** A source is `cluster/pod`. */
export function kindRowOf(kind: LogKind): KindRow {
  const sources = [...kind.sources].sort((a, b) => b[1] - a[1])
  const clusters = [...new Set(sources.map(([source]) => source.split('/')[0]!))]
  const names = sources.map(
    ([source, count]) => `${source.slice(source.indexOf('/') + 1)}${count > 1 ? ` ${count}` : ''}`,
  )
  const level = kind.severity ?? 'unknown'
  return {
    id: `${level} ${cell(kind.pattern, 200)}`,
    level,
    levelTone: level === 'error' ? 'bad' : level === 'warn' ? 'warn' : 'neutral',
    count: kind.count,
    pattern: cell(kind.pattern, 240),
    example: cell(kind.example, 300),
    first: new Date(kind.firstMs).toISOString(),
    last: new Date(kind.lastMs).toISOString(),
    clusters: clusters.join(', '),
    sources: `${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`,
  }
}

export const kindColumns = [
  { key: 'level', label: 'Level', type: 'state' as const },
  { key: 'count', label: 'Lines', type: 'number' as const },
  { key: 'example', label: 'Example', type: 'text' as const },
  { key: 'last', label: 'Last', type: 'age' as const },
  { key: 'first', label: 'First', type: 'age' as const },
  { key: 'sources', label: 'From', type: 'text' as const },
  { key: 'clusters', label: 'Clusters', type: 'text' as const },
  { key: 'pattern', label: 'Pattern', type: 'code' as const },
]
