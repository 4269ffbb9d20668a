import type { CardData, CardKind, Column } from '#contract'
import type { Words } from '../../words/index.ts'
import { formatMoney, formatMs, formatNumber, formatUnit, metricValue } from '../format.ts'
import { balances } from '../kinds/ledger-balance.ts'
import { nodeColumns } from '../table/node-columns.ts'
import { type Block, facts, list, text } from './blocks.ts'
import { moreWriters } from './more-kinds.ts'
import { valueText } from './value-text.ts'

type Text = Words['cards']
type Writer<T> = (data: T, words: Text) => Block[]

const numeric = new Set<Column['type']>(['number', 'bytes', 'percent', 'money'])
const table = (columns: readonly Column[], rows: readonly Record<string, unknown>[]): Block => ({
  kind: 'table',
  head: columns.map(({ label }) => label),
  rows: rows.map((row) => columns.map((column) => valueText(row, column))),
  right: columns.map(({ type }) => numeric.has(type)),
})
const said = (...words: (string | number | undefined | false)[]) =>
  words.filter((word) => word !== undefined && word !== false && word !== '').join(', ')
const steps = (all: CardData['progress']['steps'], words: Text): Block[] =>
  list(
    all.map(({ label, state, detail }) => `${label}: ${said(words.states[state as 'running'] ?? state, detail)}`),
    words.text.steps,
    true,
  )

/** Each kind as blocks: complete, and free of everything that only looks. */
export const writers: { [K in Exclude<CardKind, 'error' | 'empty'>]: Writer<CardData[K]> } = {
  ...moreWriters,
  table: ({ facts: totals, columns, rows }) => [...facts(totals), table(columns, rows)],
  nodes: ({ summary, nodes }, words) => [
    ...text(
      said(
        words.nodes.free(formatNumber(summary.gpuFree), formatNumber(summary.gpuCapacity)),
        words.nodes.ready(formatNumber(summary.ready), formatNumber(summary.nodes)),
      ),
    ),
    ...facts(
      summary.byModel.map((model) => ({
        label: model.gpuModel,
        value: words.nodes.modelFree(model.free, model.capacity),
      })),
    ),
    table(nodeColumns(nodes, words), nodes.map(nodeTextRow)),
  ],
  'time-series': ({ query, start, end, series, unit, warnings }, words) => [
    ...facts([
      { label: words.text.query, value: query },
      { label: words.ledger.when, value: start === end ? end : `${start} – ${end}` },
    ]),
    ...list(warnings),
    {
      kind: 'table',
      head: [words.text.series, words.text.cluster, words.text.latest, words.text.min, words.text.avg, words.text.max],
      rows: series.map((one) => [
        one.name,
        one.cluster,
        ...[one.last ?? Number(one.values.at(-1)?.[1]), one.min, one.avg, one.max].map((value) =>
          formatUnit(value, unit),
        ),
      ]),
      right: [false, false, true, true, true, true],
    },
  ],
  status: ({ state, summary, facts: figures, checks, tests }, words) => [
    ...text(said(state, summary)),
    ...facts(figures),
    ...list(
      checks.map(({ label, state: one, detail }) => `${label}: ${said(one, detail)}`),
      words.text.checks,
    ),
    ...list(
      tests?.map((one) =>
        said(
          one.at,
          one.state,
          one.verdict,
          one.tokensPerSecond !== undefined && `${formatNumber(one.tokensPerSecond)} tokens/s`,
        ),
      ),
      words.text.tests,
    ),
  ],
  progress: ({ state, message, percent, steps: all, facts: figures, startedAt, endedAt }, words) => [
    ...text(said(words.states[state] ?? state, percent !== undefined && `${percent} %`, message)),
    ...steps(all, words),
    ...facts([
      ...figures,
      { label: words.progress.started, value: startedAt },
      ...(endedAt ? [{ label: words.progress.ended, value: endedAt }] : []),
    ]),
  ],
  measurement: (data, words) => [
    ...text(said(words.states[data.state] ?? data.state, data.verdict)),
    ...facts(data.facts),
    ...(data.metrics.length > 0
      ? [
          {
            kind: 'table' as const,
            head: [words.text.measured, 'p50', 'p90', 'p95', 'p99', words.text.min, words.text.max],
            rows: data.metrics.map((one) => [
              one.label,
              ...[one.p50, one.p90, one.p95, one.p99, one.min, one.max].map((value) => metricValue(value, one.unit)),
            ]),
            right: [false, true, true, true, true, true, true],
          },
        ]
      : []),
    ...text(data.comparison),
    ...list(data.failures.map(({ kind, count, text: why }) => `${count} × ${kind}: ${why}`)),
    ...steps(data.steps, words),
    ...list(data.notes),
    ...facts(data.settings),
  ],
  ledger: (data, words) => [
    ...text(data.state),
    ...facts(data.figures.map(({ label, money }) => ({ label, value: formatMoney(money) }))),
    ...list(
      data.milestones.map(({ label, state, at }) => said(`${label}: ${state}`, at)),
      words.ledger.milestones,
      true,
    ),
    ...list(
      data.parties.map(({ role, name, address }) => `${role}: ${said(name, address)}`),
      words.ledger.parties,
    ),
    ...text(data.custodial ? words.ledger.custodial : undefined),
    ...list(data.warnings),
    ledgerTable(data, words),
  ],
  log: ({ lines, note }) => [
    {
      kind: 'code',
      text: lines
        .map(({ at, source, level, text: line }) => [at, source, level?.toUpperCase(), line].filter(Boolean).join(' '))
        .join('\n'),
    },
    ...text(note),
  ],
  findings: (data, words) => [
    ...text(data.verdict),
    ...data.findings.flatMap((one, index): Block[] => [
      ...text(`${index + 1}. ${one.title} (${one.severity})`),
      ...text(one.cause),
      ...list(
        one.evidence.map(({ source, text: what, at }) => said(`${source}: ${what}`, at)),
        words.findings.evidence,
      ),
      ...text(`${words.findings.remedy} ${one.remedy}`),
      ...text(one.falsifier && `${words.findings.falsifier} ${one.falsifier}`),
    ]),
    ...text(words.findings.checked(data.checked)),
    ...list(data.unknowns, words.findings.unknowns),
  ],
  trace: ({ facts: figures, spans, note, durationMs }, words) => [
    ...facts([...figures, { label: words.provenance.took, value: formatMs(durationMs) }]),
    ...list(
      spans.map(
        (one) =>
          `${'  '.repeat(Math.min(one.depth, 12))}${one.service} ${one.name}: ${said(
            `+${formatMs(one.offsetMs)}`,
            formatMs(one.durationMs),
            one.repeats !== undefined && `× ${one.repeats}`,
            one.error && 'error',
            one.detail,
          )}`,
      ),
      words.text.spans,
    ),
    ...text(note),
  ],
  record: ({ kind, facts: figures, yaml, note }) => [
    ...text(kind),
    ...facts(figures),
    { kind: 'code', language: 'yaml', text: yaml.trimEnd() },
    ...text(note),
  ],
  approval: (data, words) => [
    ...text(data.plan.summary),
    ...facts([
      { label: words.text.state, value: data.state },
      { label: words.text.asked, value: said(data.askedBy, data.askedAt) },
      ...(data.decidedBy ? [{ label: words.text.decided, value: said(data.decidedBy, data.decidedAt) }] : []),
      ...(data.reason ? [{ label: words.text.reason, value: data.reason }] : []),
      ...(data.plan.costPerHour ? [{ label: words.text.cost, value: formatMoney(data.plan.costPerHour) }] : []),
    ]),
    ...list(data.changes),
    ...list(
      data.plan.steps.map(({ verb, target, detail }) => `${verb} ${said(target, detail)}`),
      words.text.steps,
      true,
    ),
    ...facts(data.plan.impact, words.text.impact),
    ...list(
      data.plan.checks.map(({ label, state, detail }) => `${label}: ${said(state, detail)}`),
      words.text.checks,
    ),
    ...text(data.plan.rollback && `${words.text.rollback}: ${data.plan.rollback}`),
    ...(data.plan.diff
      ? [{ kind: 'code' as const, title: words.text.diff, language: 'diff', text: data.plan.diff }]
      : []),
  ],
}

const nodeTextRow = (node: CardData['nodes']['nodes'][number]): Record<string, unknown> => ({
  ...node,
  status: node.reason ? `${node.status}: ${node.reason}` : node.status,
  gpuUsed: node.gpuCapacity > 0 ? `${node.gpuUsed}/${node.gpuCapacity}` : undefined,
})

function ledgerTable(data: CardData['ledger'], words: Text): Block {
  const after = balances(data)
  const { when, entry, from, to, amount, balance, status, transaction } = words.ledger
  return {
    kind: 'table',
    head: [when, entry, from, to, amount, balance, status, transaction],
    rows: data.entries.map((one) => [
      one.at,
      one.type,
      one.from,
      one.to,
      formatMoney(one.money),
      after.get(one.id) ? formatMoney(after.get(one.id)!) : '',
      one.status,
      one.hash ?? '',
    ]),
    right: [false, false, false, false, true, true, false, false],
  }
}
