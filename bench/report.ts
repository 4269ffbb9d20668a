import { type Figure, isMet } from './measure.ts'

export interface Outcome {
  id: string
  title: string
  tookMs: number
  figures: Figure[]
  skipped?: string
  failed?: string
}

export interface Report {
  at: string
  machine: { cores: number; memoryGib: number; node: string; load: number }
  /** How this run was taken, where that matters */
  note?: string
  measures: Outcome[]
}

const mark = (figure: Figure): string => {
  const met = isMet(figure)
  return met === undefined ? '' : met ? 'met' : 'MISSED'
}

/** As a program reads it: each figure with whether it holds its target. */
export function toJson(report: Report): string {
  const measures = report.measures.map(({ figures, ...outcome }) => ({
    ...outcome,
    figures: figures.map((figure) => ({ ...figure, ...(figure.target && { met: isMet(figure) ?? false }) })),
  }))
  return `${JSON.stringify({ ...report, measures }, null, 2)}\n`
}

const wanted = ({ target, unit = '' }: Figure): string =>
  target ? `${target.is === 'at most' ? '≤' : '≥'} ${target.value} ${unit}`.trimEnd() : ''

/** Figures that a person wants to see; the long lists stay in the JSON. */
const isShort = (figure: Figure): boolean => !figure.name.startsWith('tool ')

/** As a person reads it. */
export function toTable({ machine, measures }: Report): string {
  const lines = [`${machine.cores} cores, ${machine.memoryGib} GiB, Node ${machine.node}, load ${machine.load}`]
  for (const { title, figures, skipped, failed } of measures) {
    lines.push('', title)
    if (skipped !== undefined) lines.push(`  SKIPPED: ${skipped}`)
    if (failed !== undefined) lines.push(`  FAILED: ${failed}`)
    for (const figure of figures.filter(isShort)) {
      const value = `${figure.value} ${figure.unit ?? ''}`.trimEnd()
      lines.push(`  ${mark(figure).padEnd(7)}${figure.name}: ${value}${wanted(figure) && ` (${wanted(figure)})`}`)
      if (figure.comparedWith) lines.push(`         against ${figure.comparedWith}`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** The same as a Markdown table, for docs/figures.md. */
export function toMarkdown({ machine, measures, note }: Report): string {
  const rows = measures.flatMap(({ title, figures, skipped, failed }) => [
    `| **${title}** | ${skipped ?? failed ?? ''} | | |`,
    ...figures
      .filter(isShort)
      .map((figure) =>
        [
          '',
          ` ${figure.name} `,
          ` ${figure.value} ${figure.unit ?? ''}`.trimEnd() + ' ',
          ` ${wanted(figure)}${mark(figure) && ` (${mark(figure)})`} `,
          ` ${figure.comparedWith ?? ''} `,
          '',
        ].join('|'),
      ),
  ])
  return [
    `One run on a machine with ${machine.cores} cores, Node ${machine.node.split('.')[0]}.${note === undefined ? '' : ` ${note}`}`,
    '',
    '`npm run bench` measures all of it in about four minutes: JSON on standard output, a table on standard error. `-- --only list-pods,fan-out`',
    'takes some, `--install` also a fresh clone, `--json file` and `--markdown file` keep the result, `--strict` fails where a target is missed.',
    'Everything runs on loopback, and ends with the bench.',
    '',
    '| Measure | Value | Target | In the same run |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}
