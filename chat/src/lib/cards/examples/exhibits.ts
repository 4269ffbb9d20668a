import type { Answer, CardData, CardKind } from '#contract'
import { exampleDanger } from './approval.ts'
import { exampleAnswer, examples } from './index.ts'
import { minutesAgo } from './moment.ts'
import { exampleNodes } from './nodes.ts'
import { exampleTable } from './table.ts'
import { exampleSeries } from './time-series.ts'

/** One card of the gallery, which the tests of the cards draw as well. */
export interface Exhibit {
  kind: CardKind
  name: string
  answer: Answer
  /** `skeleton`: the call still runs; `lost`: it could not be read again; `text`: without graphics */
  as?: 'skeleton' | 'lost' | 'text'
}

const long = 'a-very-long-name-that-nobody-shortened-'.repeat(8)
const hostile = '<img src=x onerror="globalThis.pwned=1"><script>globalThis.pwned=1</script>'
const rightToLeft = 'عقدة-جي-بي-يو-٠٧ (שרת)'

type Extremes = { [K in CardKind]?: Record<string, CardData[K]> }
const { status, ledger, progress, log, findings, record, trace, measurement } = examples
const wide = Array.from({ length: 40 }, (_, index) => `column-${index + 1}`)

const extremes: Extremes = {
  table: {
    'no row': exampleTable(0),
    'one row': exampleTable(1),
    '5,000 rows': exampleTable(5000),
    '40 columns': {
      title: 'Forty columns',
      columns: wide.map((key) => ({ key, label: key, type: 'text' as const })),
      rows: [1, 2, 3].map((id) => ({
        id: String(id),
        ...Object.fromEntries(wide.map((key) => [key, `${key} ${id}`])),
      })),
    },
    'one column, odd values': {
      title: long,
      columns: [{ key: 'name', label: 'Name', type: 'text' }],
      rows: [long, hostile, rightToLeft, '', '0'].map((name, index) => ({ id: String(index), name })),
    },
    'huge numbers': {
      title: 'Huge numbers',
      columns: [
        { key: 'count', label: 'Count', type: 'number' },
        { key: 'bytes', label: 'Bytes', type: 'bytes' },
        { key: 'cost', label: 'Cost', type: 'money' },
        { key: 'share', label: 'Share', type: 'percent' },
      ],
      rows: [
        { id: 'a', count: Number.MAX_SAFE_INTEGER, bytes: 2 ** 60, cost: 9_007_199_254_740_991, share: 104.2 },
        { id: 'b', count: -0.000_12, bytes: -1, cost: -1, share: -3 },
        { id: 'c' },
      ],
    },
  },
  nodes: {
    'no node': exampleNodes(0),
    'one node': exampleNodes(1),
    '5,000 nodes': exampleNodes(5000),
  },
  'time-series': {
    'no series': exampleSeries(0, 0),
    'one value each': exampleSeries(4, 1),
    '30 series': exampleSeries(30, 60),
  },
  approval: { danger: exampleDanger },
  status: {
    bare: { title: 'Cluster hub', state: 'unknown', tone: 'neutral', facts: [], checks: [] },
    long: { ...status, title: long, state: long, summary: `${hostile} ${rightToLeft} ${long}` },
  },
  progress: {
    'not begun': { ...progress, state: 'pending', percent: undefined, message: undefined, steps: [] },
    done: { ...progress, state: 'succeeded', percent: 100, endedAt: minutesAgo(-3) },
    failed: { ...progress, state: 'failed', message: `${hostile} ${long}` },
    '40 steps': {
      ...progress,
      steps: Array.from({ length: 40 }, (_, index) => ({
        id: String(index),
        label: `Step ${index + 1}`,
        state: index < 20 ? ('succeeded' as const) : ('pending' as const),
      })),
    },
  },
  measurement: {
    running: { ...measurement, state: 'running', tone: 'busy', percent: 30, metrics: [], endedAt: undefined },
  },
  ledger: {
    bare: { ...ledger, figures: [], parties: [], milestones: [], entries: [], warnings: [] },
    'huge, with warnings': {
      ...ledger,
      figures: [{ label: 'Held', money: { amount: 9_007_199_254_740_991, currency: 'qu' } }],
      warnings: ['1,250,000 QU should be locked, the entries lock 0 QU', `${hostile} ${long}`],
      entries: Array.from({ length: 60 }, (_, index) => ({
        ...ledger.entries[0]!,
        id: `tx-${index}`,
        at: minutesAgo(60 - index),
        hash: `${'kzfqdmcbnxtgafpqexkwlzb'.repeat(3)}${index}`,
      })),
    },
  },
  log: {
    'no line': { ...log, lines: [], note: undefined },
    'odd lines': {
      ...log,
      lines: [long.repeat(4), hostile, rightToLeft, ''].map((text, index) => ({ n: index + 1, text })),
    },
  },
  findings: {
    nothing: { title: 'Diagnosis of hub', verdict: 'Nothing stands out.', tone: 'good', findings: [], checked: 31 },
    long: {
      ...findings,
      verdict: `${hostile} ${long}`,
      findings: findings.findings.map((one) => ({ ...one, title: long, cause: rightToLeft })),
    },
  },
  record: { 'very long': { ...record, title: long, yaml: `${record.yaml}data: |\n  ${hostile}\n`.repeat(60) } },
  trace: { 'no span': { ...trace, spans: [], facts: [] } },
  error: { bare: { code: 'internal', message: `${hostile} ${long}`, next: rightToLeft, changed: 'unknown' } },
  empty: { bare: { title: 'Nothing', likely: [], next: [] } },
}

const clusters: Answer['clusters'] = [
  { cluster: 'gpu-east', status: 'success', tookMs: 41 },
  { cluster: 'edge-1', status: 'timeout', tookMs: 2000, error: 'did not answer within 2 s' },
]
const stated = (kind: CardKind): Exhibit[] =>
  kind === 'error' || kind === 'empty'
    ? []
    : [
        { kind, name: 'skeleton', answer: exampleAnswer(kind), as: 'skeleton' },
        { kind, name: 'partial', answer: { ...exampleAnswer(kind), clusters } },
        { kind, name: 'empty', answer: { card: kind, at: minutesAgo(0), empty: examples.empty } },
        { kind, name: 'error', answer: { card: kind, at: minutesAgo(0), error: examples.error } },
        { kind, name: 'lost', answer: exampleAnswer(kind), as: 'lost' },
      ]

export const kinds = Object.keys(examples).sort() as CardKind[]

/** The example of a kind, its extremes, and every state it can be in. */
export const exhibitsOf = (kind: CardKind): Exhibit[] => [
  { kind, name: 'example', answer: exampleAnswer(kind) },
  ...Object.entries(extremes[kind] ?? {}).map(([name, payload]) => ({
    kind,
    name,
    answer: exampleAnswer(kind, payload as never),
  })),
  ...stated(kind),
  { kind, name: 'text', answer: exampleAnswer(kind), as: 'text' },
]
