import { compareLabels, isLabelName, labelsKey } from '../labels.ts'
import { parseSelector } from '../parse-selector.ts'
import { findSeries, livesWithin, type StoredSeries } from '../select.ts'
import { badData, type VectorSelector } from '../types.ts'
import { type Endpoint, type Engine, limited, storageOf } from './engine.ts'
import { blaming, optionalLimit, optionalTimeMs } from './params.ts'

/** `/api/v1/series`, `/labels`, `/label/<name>/values`, `/metadata`. */

const everything: VectorSelector = { kind: 'selector', from: 0, to: 0, name: '', matchers: [] }

function selectors(params: URLSearchParams, engine: Engine): VectorSelector[] {
  const given = params.getAll('match[]')
  return given.map((text) => blaming('match[]', () => parseSelector(text, engine.mode)))
}

function* found(params: URLSearchParams, engine: Engine, wanted: VectorSelector[]): Generator<StoredSeries> {
  const storage = storageOf(engine)
  const fromMs = optionalTimeMs(params, 'start')
  const toMs = optionalTimeMs(params, 'end')
  const bounded = fromMs !== undefined || toMs !== undefined
  const span = { fromMs: fromMs ?? storage.source.startMs, toMs: toMs ?? storage.nowMs }
  const seen = new Set<string>()
  for (const selector of wanted) {
    for (const series of findSeries(storage, selector)) {
      const key = labelsKey(series.labels)
      if (seen.has(key) || (bounded && !livesWithin(storage, series, span))) continue
      seen.add(key)
      yield series
    }
  }
}

export const series: Endpoint = (params, engine) => {
  const wanted = selectors(params, engine)
  if (wanted.length === 0) throw badData('no match[] parameter provided')
  const all = [...found(params, engine, wanted)].map(({ labels }) => labels).sort(compareLabels)
  const { items, warnings } = limited(all, optionalLimit(params))
  return { data: items, warnings }
}

function distinct(params: URLSearchParams, engine: Engine, read: (labels: StoredSeries['labels']) => Iterable<string>) {
  const wanted = selectors(params, engine)
  const values = new Set<string>()
  for (const { labels } of found(params, engine, wanted.length > 0 ? wanted : [everything])) {
    for (const value of read(labels)) values.add(value)
  }
  const { items, warnings } = limited([...values].sort(), optionalLimit(params))
  return { data: items, warnings }
}

export const labels: Endpoint = (params, engine) => distinct(params, engine, Object.keys)

/** Names outside the classic letters come escaped: `U__` and `_x_` hexadecimal code points. */
function unescapeName(name: string): string {
  if (!name.startsWith('U__')) return name
  return name
    .slice(3)
    .replace(/__|_([0-9a-fA-F]+)_/g, (_, hex) => (hex ? String.fromCodePoint(Number.parseInt(hex, 16)) : '_'))
}

export function labelValues(escaped: string): Endpoint {
  return (params, engine) => {
    const name = engine.mode === '3' ? unescapeName(escaped) : escaped
    if (engine.mode === '2' && !isLabelName(name)) throw badData(`invalid label name: ${JSON.stringify(name)}`)
    return distinct(params, engine, (one) => (one[name] ? [one[name]] : []))
  }
}

export const metadata: Endpoint = (params, engine) => {
  const all = Object.entries(engine.source.metadata(engine.cluster))
  const metric = params.get('metric')
  const chosen = metric ? all.filter(([name]) => name === metric) : all
  const { items } = limited(chosen, optionalLimit(params))
  return { data: Object.fromEntries(items.map(([name, { type, help, unit }]) => [name, [{ type, help, unit }]])) }
}
