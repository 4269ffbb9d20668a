import type * as z from 'zod'
import { approval } from './approval.ts'
import { cost } from './cost.ts'
import { empty } from './empty.ts'
import { error } from './error.ts'
import { findings } from './findings.ts'
import { graph } from './graph.ts'
import { ledger } from './ledger.ts'
import { log } from './log.ts'
import { measurement } from './measurement.ts'
import { nodes } from './nodes.ts'
import { progress } from './progress.ts'
import { record } from './record.ts'
import { report } from './report.ts'
import { status } from './status.ts'
import { table } from './table.ts'
import { timeSeries } from './time-series.ts'
import { trace } from './trace.ts'

/** Every kind of card. The chat has one component for each. */
export const cards = {
  approval,
  cost,
  empty,
  error,
  findings,
  graph,
  ledger,
  log,
  measurement,
  nodes,
  progress,
  record,
  report,
  status,
  table,
  'time-series': timeSeries,
  trace,
} as const

export type CardKind = keyof typeof cards
export type CardData = { [K in CardKind]: z.output<(typeof cards)[K]['payload']> }
export type CardPatch = { [K in CardKind]: z.output<(typeof cards)[K]['patch']> }
