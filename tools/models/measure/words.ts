import type { CardData } from '#contract'
import { cell, factsLine, lines, outsideNote, tsv } from '../../text.ts'

type Card = CardData['measurement']

const changeWords = ({ change, changePercent = 0 }: Card['metrics'][number]): string =>
  change === undefined ? '' : `${changePercent > 0 ? '+' : ''}${Math.round(changePercent)}% ${change}`

/** What the model reads back: the facts of the card. */
export function measurementText(data: Card): string {
  const { title, state, verdict, steps, metrics, facts, settings, failures, notes, comparison } = data
  return lines(
    `${title}: ${state}. ${cell(verdict, 500)}`,
    ...steps.map(({ label, state, detail }) => `- ${label}: ${state}${detail ? `, ${cell(detail, 300)}` : ''}`),
    tsv(
      ['metric', 'unit', 'samples', 'mean', 'p50', 'p90', 'p95', 'p99', 'max', 'objective', 'against the last'],
      metrics.map((one) => [
        one.label,
        one.unit,
        one.samples,
        one.mean,
        one.p50,
        one.p90,
        one.p95,
        one.p99,
        one.max,
        one.objective,
        changeWords(one),
      ]),
    ),
    factsLine(facts),
    comparison,
    failures.length > 0 &&
      `failures: ${failures.map(({ kind, count, text }) => `${count} × ${kind} (${cell(text, 200)})`).join('; ')}`,
    ...notes,
    `load: ${factsLine(settings)}`,
    steps.some(({ detail }) => detail?.includes('"')) && outsideNote,
  )
}
