import type { Answer, CardData } from '#contract'
import { approvalOf } from './merge.ts'

interface Grid {
  head: string[]
  rows: string[][]
}

const cell = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)

const rowKinds = new Set(['table', 'nodes', 'time-series', 'log', 'ledger', 'trace', 'measurement'])

/** Whether a card has rows that can be copied as CSV. */
export const hasRows = ({ card, data }: Answer): boolean => rowKinds.has(card) && data !== undefined

/** The rows of a card as a grid; undefined where it has none, or not in the shape of its kind. */
function gridOf(answer: Answer): Grid | undefined {
  try {
    return readGrid(answer)
  } catch {
    return undefined
  }
}

function readGrid(answer: Answer): Grid | undefined {
  const { card, data } = answer
  if (!data) return undefined
  if (card === 'table') {
    const { columns, rows } = data as CardData['table']
    return {
      head: columns.map(({ label }) => label),
      rows: rows.map((row) => columns.map(({ key }) => cell(row[key]))),
    }
  }
  if (card === 'nodes') {
    const keys = [
      'cluster',
      'name',
      'status',
      'pool',
      'gpuModel',
      'gpuCapacity',
      'gpuUsed',
      'gpuFree',
      'pods',
      'reason',
    ] as const
    return {
      head: [...keys],
      rows: (data as CardData['nodes']).nodes.map((node) => keys.map((key) => cell(node[key]))),
    }
  }
  if (card === 'time-series') {
    const { series } = data as CardData['time-series']
    return {
      head: ['time', 'cluster', 'series', 'value'],
      rows: series.flatMap(({ cluster, name, values }) =>
        values.map(([time, value]) => [new Date(time * 1000).toISOString(), cluster, name, value]),
      ),
    }
  }
  if (card === 'log') {
    const { lines } = data as CardData['log']
    return {
      head: ['n', 'at', 'source', 'level', 'text'],
      rows: lines.map((line) => [line.n, line.at, line.source, line.level, line.text].map(cell)),
    }
  }
  if (card === 'trace') {
    const { spans } = data as CardData['trace']
    const keys = [
      'id',
      'depth',
      'cluster',
      'service',
      'name',
      'offsetMs',
      'durationMs',
      'selfMs',
      'criticalMs',
    ] as const
    return {
      head: [...keys, 'repeats', 'error', 'detail'],
      rows: spans.map((one) => [...keys.map((key) => one[key]), one.repeats, one.error, one.detail].map(cell)),
    }
  }
  if (card === 'measurement') {
    const { metrics } = data as CardData['measurement']
    const keys = ['samples', 'mean', 'min', 'p50', 'p90', 'p95', 'p99', 'max'] as const
    return {
      head: ['metric', 'unit', ...keys, 'change %'],
      rows: metrics.map((one) => [one.label, one.unit, ...keys.map((key) => one[key]), one.changePercent].map(cell)),
    }
  }
  if (card === 'ledger') {
    const { entries } = data as CardData['ledger']
    return {
      head: ['at', 'type', 'from', 'to', 'amount', 'currency', 'status', 'hash'],
      rows: entries.map((one) =>
        [one.at, one.type, one.from, one.to, one.money.amount, one.money.currency, one.status, one.hash].map(cell),
      ),
    }
  }
  return undefined
}

/** A cell that a spreadsheet would take for a formula is set off with an apostrophe. */
function csvCell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

export function toCsv(answer: Answer): string | undefined {
  const grid = gridOf(answer)
  return grid && [grid.head, ...grid.rows].map((row) => row.map(csvCell).join(',')).join('\r\n')
}

export const toJson = (answer: Answer): string =>
  JSON.stringify(approvalOf(answer) ?? answer.data ?? answer.error ?? answer.empty ?? {}, null, 2)

const markdownCell = (text: string) => text.replaceAll('|', '\\|').replace(/\s+/g, ' ')

export function toMarkdown(answer: Answer): string {
  const title = typeof answer.data?.title === 'string' ? `### ${answer.data.title}\n\n` : ''
  const grid = gridOf(answer)
  if (grid)
    return `${title}| ${grid.head.join(' | ')} |\n| ${grid.head.map(() => '---').join(' | ')} |\n${grid.rows.map((row) => `| ${row.map(markdownCell).join(' | ')} |`).join('\n')}\n`
  return `${title}\`\`\`json\n${toJson(answer)}\n\`\`\`\n`
}
