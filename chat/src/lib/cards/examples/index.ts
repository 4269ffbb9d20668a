import type { Answer, CardData, CardKind } from '#contract'
import { exampleApproval } from './approval.ts'
import { exampleKinds } from './drawn-kinds.ts'
import { exampleEmpty } from './empty.ts'
import { exampleError } from './error.ts'
import { exampleFindings } from './findings.ts'
import { exampleLedger } from './ledger.ts'
import { exampleLog } from './log.ts'
import { exampleMeasurement } from './measurement.ts'
import { at } from './moment.ts'
import { exampleNodes } from './nodes.ts'
import { exampleProgress } from './progress.ts'
import { exampleRecord } from './record.ts'
import { exampleStatus } from './status.ts'
import { exampleTable } from './table.ts'
import { exampleSeries } from './time-series.ts'
import { exampleTrace } from './trace.ts'

/** One typical payload of each kind. */
export const examples: CardData = {
  ...exampleKinds,
  nodes: exampleNodes(12),
  table: exampleTable(6),
  'time-series': exampleSeries(3, 240),
  approval: exampleApproval,
  progress: exampleProgress,
  measurement: exampleMeasurement,
  status: exampleStatus,
  ledger: exampleLedger,
  log: exampleLog,
  trace: exampleTrace,
  findings: exampleFindings,
  record: exampleRecord,
  error: exampleError,
  empty: exampleEmpty,
}

/** The envelope a tool would answer with this payload. */
export function exampleAnswer<K extends CardKind>(kind: K, payload: CardData[K] = examples[kind]): Answer {
  const base: Answer = { card: kind, at }
  if (kind === 'approval') return { ...base, approval: payload as CardData['approval'] }
  if (kind === 'error') return { ...base, error: payload as CardData['error'] }
  if (kind === 'empty') return { ...base, empty: payload as CardData['empty'] }
  return { ...base, data: payload as Record<string, unknown> }
}
