/** A row of a text table: cells by column name in lower case. */
export type Row = Record<string, string>

/**
 * The first table of a text, and the lines outside it. Understood: tabs, Markdown pipes, columns aligned with two or more
 * blanks, and commas, each under a header. A line `rows below: cluster=hub` above it holds for every row, and allows a
 * table of a single column.
 */
export function readTable(text: string): { rows: Row[]; rest: string[] } {
  const lines = text.split('\n')
  for (const cut of CUTS) {
    for (let at = 0; at < lines.length - 1; at += 1) {
      const shared = sharedCells(lines[at - 1])
      const header = cut(lines[at] ?? '') ?? (shared && lines[at] ? [lines[at]!.trim()] : undefined)
      if (!header || (header.length < 2 && !shared) || !header.every(isColumnName)) continue
      const { rows, end } = readRows(lines, at + 1, { header, cut, shared: shared ?? {} })
      if (rows.length) return { rows, rest: [...lines.slice(0, shared ? at - 1 : at), ...lines.slice(end)] }
    }
  }
  return { rows: [], rest: lines }
}

type Cut = (line: string) => string[] | undefined

const CUTS: Cut[] = [
  (line) => (line.includes('\t') ? line.split('\t').map(trim) : undefined),
  (line) =>
    line.includes('|')
      ? line
          .trim()
          .replace(/^\||\|$/g, '')
          .split('|')
          .map(trim)
      : undefined,
  (line) => (/\S {2,}\S/.test(line) ? line.trim().split(/ {2,}/).map(trim) : undefined),
  (line) => (/^[^,.:]+(?:,[^,]*)+$/.test(line) ? line.trim().split(',').map(trim) : undefined),
]

const trim = (cell: string) => cell.trim()
const isColumnName = (cell: string) => /^[a-z#%][\w %#/().-]{0,30}$/i.test(cell)

function sharedCells(line: string | undefined): Row | undefined {
  const found = /^rows below:\s*(.+)$/i.exec(line ?? '')?.[1]
  if (found === undefined) return undefined
  return Object.fromEntries(
    [...found.matchAll(/(\S[^=]*?)=(.*?)(?=\s+[^\s=]+=|$)/g)].map(([, key = '', value = '']) => [
      key.toLowerCase(),
      value,
    ]),
  )
}

function readRows(
  lines: string[],
  from: number,
  table: { header: string[]; cut: Cut; shared: Row },
): { rows: Row[]; end: number } {
  const columns = table.header.map((cell) => cell.toLowerCase())
  const rows: Row[] = []
  let end = from
  for (; end < lines.length; end += 1) {
    const line = lines[end] ?? ''
    if (/^[\s|:+-]+$/.test(line) && line.trim() !== '') continue
    const cells = columns.length === 1 ? (/^\S+$/.test(line) ? [line] : undefined) : table.cut(line)
    // A row that ends in empty cells loses its last tabs when the text is trimmed.
    if (!cells || cells.length > columns.length || (cells.length < columns.length && !line.includes('\t'))) break
    rows.push({ ...Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? ''])), ...table.shared })
  }
  return { rows, end }
}

/** The cell of the first column whose name is one of `names` or contains one of them as a word. */
export function cell(row: Row, names: string[]): string | undefined {
  const columns = Object.keys(row)
  for (const name of names) {
    const column = columns.find((one) => one === name) ?? columns.find((one) => one.split(/[^a-z]+/).includes(name))
    const value = column === undefined ? undefined : row[column]
    if (value !== undefined && value !== '' && value !== '-') return value
  }
  return undefined
}
