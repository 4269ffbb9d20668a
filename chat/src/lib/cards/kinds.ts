import type { IconName } from '../ui/icons.ts'

const icons: Record<string, IconName> = {
  approval: 'shield',
  cost: 'coins',
  empty: 'none',
  error: 'warn',
  findings: 'stethoscope',
  graph: 'fork',
  ledger: 'coins',
  log: 'lines',
  measurement: 'gauge',
  nodes: 'chip',
  progress: 'steps',
  record: 'file',
  report: 'file',
  status: 'info',
  table: 'table',
  'time-series': 'chart',
  trace: 'fork',
}

/** The sign of a kind of card; one that is not known is a document. */
export const iconOf = (kind: string): IconName => (Object.hasOwn(icons, kind) ? icons[kind]! : 'file')
