import type { Answer, CardData } from '#contract'

/** Rows as a program wants them: values as they came, times as ISO 8601, amounts in minor units. */
export interface Sheet {
  head: string[]
  rows: string[][]
}

const cell = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)

const pick = <T>(items: readonly T[], keys: readonly (keyof T & string)[]): string[][] =>
  items.map((item) => keys.map((key) => cell(item[key])))

type Reader<T> = (data: T) => Sheet
const nodeKeys = [
  'kind',
  'cluster',
  'name',
  'status',
  'pool',
  'region',
  'gpuModel',
  'gpuCapacity',
  'gpuUsed',
  'gpuFree',
  'gpuUse',
  'gpuMemoryUsedMib',
  'gpuMemoryTotalMib',
  'temperatureC',
  'powerWatts',
  'xid',
  'pods',
  'since',
  'reason',
] as const
const spanKeys = [
  'id',
  'depth',
  'cluster',
  'service',
  'name',
  'offsetMs',
  'durationMs',
  'selfMs',
  'criticalMs',
  'repeats',
  'error',
  'detail',
] as const
const metricKeys = [
  'label',
  'unit',
  'samples',
  'mean',
  'min',
  'p50',
  'p90',
  'p95',
  'p99',
  'max',
  'changePercent',
] as const
const lineKeys = ['n', 'at', 'source', 'level', 'text'] as const
const edgeKeys = ['source', 'target', 'cluster', 'label', 'state', 'weight', 'errorPercent', 'p95Ms'] as const
const findingKeys = ['severity', 'title', 'cause', 'remedy', 'falsifier'] as const
const checkKeys = ['label', 'state', 'detail'] as const

const readers: { [K in keyof CardData]?: Reader<CardData[K]> } = {
  table: ({ columns, rows }) => ({
    head: columns.map(({ label }) => label),
    rows: rows.map((row) => columns.map(({ key }) => cell(row[key]))),
  }),
  nodes: ({ nodes }) => ({ head: [...nodeKeys], rows: pick(nodes, nodeKeys) }),
  'time-series': ({ series }) => ({
    head: ['time', 'cluster', 'series', 'value'],
    rows: series.flatMap(({ cluster, name, values }) =>
      values.map(([time, value]) => [new Date(time * 1000).toISOString(), cluster, name, value]),
    ),
  }),
  log: ({ lines }) => ({ head: [...lineKeys], rows: pick(lines, lineKeys) }),
  trace: ({ spans }) => ({ head: [...spanKeys], rows: pick(spans, spanKeys) }),
  measurement: ({ metrics }) => ({ head: ['metric', ...metricKeys.slice(1)], rows: pick(metrics, metricKeys) }),
  ledger: ({ entries }) => ({
    head: ['at', 'type', 'from', 'to', 'amount', 'currency', 'status', 'hash'],
    rows: entries.map((one) =>
      [one.at, one.type, one.from, one.to, one.money.amount, one.money.currency, one.status, one.hash].map(cell),
    ),
  }),
  findings: ({ findings }) => ({ head: [...findingKeys], rows: pick(findings, findingKeys) }),
  status: ({ facts, checks }) => ({
    head: [...checkKeys],
    rows: [...facts.map(({ label, value }) => [label, value, '']), ...pick(checks, checkKeys)],
  }),
  progress: ({ steps }) => ({
    head: ['step', 'state', 'detail', 'at'],
    rows: pick(steps, ['label', 'state', 'detail', 'at']),
  }),
  graph: ({ edges }) => ({ head: [...edgeKeys], rows: pick(edges, edgeKeys) }),
  cost: ({ lines }) => ({
    head: ['line', 'quantity', 'rate', 'cost', 'currency', 'note'],
    rows: lines.map((one) =>
      [one.label, one.quantity, one.rate?.amount, one.cost?.amount, (one.cost ?? one.rate)?.currency, one.note].map(
        cell,
      ),
    ),
  }),
  report: ({ sections }) => ({ head: ['section', 'at', 'text'], rows: pick(sections, ['title', 'at', 'text']) }),
  record: ({ title, kind, facts }) => ({
    head: ['label', 'value'],
    rows: [['kind', kind], ['name', title], ...facts.map(({ label, value }) => [label, value])],
  }),
}

/** The rows of a card; undefined where it has none, or not in the shape of its kind. */
export function sheetOf({ card, data }: Answer): Sheet | undefined {
  if (!data || !Object.hasOwn(readers, card)) return undefined
  try {
    return readers[card as 'table']!(data as never)
  } catch {
    return undefined
  }
}
