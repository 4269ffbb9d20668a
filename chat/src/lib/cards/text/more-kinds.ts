import type { CardData, Money } from '#contract'
import type { Words } from '../../words/index.ts'
import { formatMoney } from '../format.ts'
import { type Block, facts, list, text } from './blocks.ts'

type Text = Words['cards']
const said = (...words: (string | undefined | false)[]) => words.filter(Boolean).join(', ')
const moneyText = (money: Money | undefined) => (money ? formatMoney(money) : '')

/** Kinds whose drawing says most: without it they are lines and tables. */
export const moreWriters: {
  [K in 'graph' | 'cost' | 'report']: (data: CardData[K], words: Text) => Block[]
} = {
  graph: ({ nodes, edges, note }, words) => {
    const labels = new Map(nodes.map(({ id, label }) => [id, label]))
    return [
      ...list(
        nodes.map(({ label, kind, state, detail }) => `${label}: ${said(kind, state, detail)}`),
        words.text.things,
      ),
      ...list(
        edges.map(
          (edge) =>
            `${labels.get(edge.source) ?? edge.source} → ${labels.get(edge.target) ?? edge.target}: ${said(
              edge.label,
              edge.state,
              edge.errorPercent !== undefined && `${edge.errorPercent} %`,
              edge.p95Ms !== undefined && `p95 ${edge.p95Ms} ms`,
              edge.cluster,
            )}`,
        ),
        words.text.uses,
      ),
      ...text(note),
    ]
  },
  cost: (data, words) => [
    ...text(said(data.state, data.summary)),
    {
      kind: 'table',
      head: [words.text.figure, words.text.quantity, words.text.each, words.text.costs, words.text.note],
      rows: data.lines.map((line) => [
        line.label,
        line.quantity ?? '',
        moneyText(line.rate),
        line.cost ? formatMoney(line.cost) : words.grid.unknown,
        line.note ?? '',
      ]),
      right: [false, false, true, true, false],
    },
    ...facts(data.totals.map((total) => ({ label: words.text.total[data.per], value: formatMoney(total) }))),
    ...(data.unpriced > 0 ? text(words.text.unpriced(data.unpriced)) : []),
    ...facts(data.facts),
    ...list(
      data.checks?.map(({ label, state, detail }) => `${label}: ${said(state, detail)}`),
      words.text.checks,
    ),
    ...text(data.source),
  ],
  report: (data) => [
    ...text(data.from && data.to ? `${data.from} – ${data.to}` : (data.from ?? data.to)),
    ...text(data.summary),
    ...facts(data.facts),
    ...data.sections.flatMap((section): Block[] => [
      { kind: 'markdown', title: said(section.title, section.at), text: section.text },
    ]),
    ...text(data.href),
  ],
}
