import * as z from 'zod'
import { cards, type Finding } from '#contract'
import { type Context, defineTool } from '#define'
import { clusters, word } from '../arguments.ts'
import { counted } from '../table.ts'
import { lines, outsideNote, quoted, shortTime } from '../text.ts'
import { analyze, checkCount, heaviest } from './analyze.ts'
import { nameOf, operationKey, type Usual } from './check.ts'
import { titleOf } from './get-trace.tool.ts'
import { type FoundTrace, readTrace, traceIdOf } from './service.ts'
import { quotedText } from './traceql.ts'
import type { Node } from './tree.ts'

/** Where one trace lost its time or failed, and why (TRC-007). */
export const analyzeTrace = defineTool({
  name: 'analyze_trace',
  title: 'Analyse a trace',
  about:
    'Why one trace was slow or failed: where the error began, critical path, waiting in queues, repeated and sequential calls, unexplained gaps, retries, slower than usual. The tree itself: get_trace.',
  risk: 'read',
  card: 'findings',
  needs: ['fleet', 'tempo'],
  input: z.strictObject({ traceId: word.describe('Trace id'), clusters }),
  output: cards.findings.payload,
  examples: [{ traceId: '3f2a9c1b7d5e4f60a1b2c3d4e5f60718' }],
  route: { method: 'GET', path: '/traces/{traceId}/analysis' },
  text: ({ title, verdict, findings, checked, unknowns }) =>
    lines(
      `${title}\n${verdict} (${checked} checks)`,
      outsideNote,
      ...findings.map((finding, index) =>
        [
          `${index + 1}. ${finding.severity} ${finding.id}: ${finding.title}`,
          `   cause: ${finding.cause}`,
          ...finding.evidence.map(
            ({ source, text, at }) =>
              `   evidence, ${source}${at ? ` at ${shortTime(at)}${at.slice(16, 19)}` : ''}: ${quoted(text, 240)}`,
          ),
          `   remedy: ${finding.remedy}`,
        ].join('\n'),
      ),
      unknowns && `not looked at: ${unknowns.join('; ')}`,
    ),
  async run(input, ctx) {
    const { found, clusters } = await readTrace(ctx, { id: traceIdOf(input.traceId), requested: input.clusters })
    const { usual, unknowns } = await readUsual(ctx, found)
    const findings = analyze(found.tree, usual)
    const silent = clusters.filter(({ status }) => status !== 'success').map(({ cluster }) => cluster)
    unknowns.push(
      ...found.partial.map((words) => `the rest of the trace, ${words}`),
      ...(silent.length > 0 ? [`spans that ${silent.join(', ')} may hold`] : []),
    )
    return {
      data: {
        title: titleOf(found),
        ...verdictOf(findings),
        findings,
        checked: checkCount,
        ...(unknowns.length > 0 && { unknowns }),
      },
      clusters,
      next: findings.slice(0, 3).flatMap((finding) => finding.ask ?? []),
    }
  },
})

function verdictOf(findings: readonly Finding[]) {
  const worst = findings[0]
  const bad = findings.filter(({ severity }) => severity !== 'info')
  if (!worst || bad.length === 0)
    return { verdict: `Nothing stands out. ${worst ? `${worst.title}.` : ''}`.trim(), tone: 'good' as const }
  const more = bad.length > 1 ? ` and ${counted(bad.length - 1, 'more finding')}` : ''
  return {
    verdict: `${worst.title}${more}.`,
    tone: worst.severity === 'critical' ? ('bad' as const) : ('warn' as const),
  }
}

/** What the heaviest operations take in other traces of the hour before. */
async function readUsual(ctx: Context<'fleet' | 'tempo'>, { tree }: FoundTrace) {
  const usual = new Map<string, Usual>()
  const unknowns: string[] = []
  const end = new Date(tree.endMs)
  const start = new Date(tree.startMs - 3_600_000)
  await Promise.all(
    heaviest(tree, tree.root.endMs - tree.root.startMs).map(async (node) => {
      const { cluster, service, name } = node.span
      const query = `{ resource.service.name = ${quotedText(service)} && name = ${quotedText(name)} } with (most_recent=true)`
      const { values, clusters } = await ctx.fanOut([cluster], (one, signal) =>
        ctx.clients.tempo.for(one).search({ query, start, end, limit: 50, spansPerSet: 3, signal }),
      )
      if (values.length === 0)
        unknowns.push(`what ${nameOf(node)} usually takes (${clusters[0]?.error ?? 'no answer'})`)
      const durationsMs = values
        .flatMap(({ value }) => value.flatMap(({ matched }) => others(matched, node)))
        .sort((a, b) => a - b)
      usual.set(operationKey(node), { durationsMs, since: 'in the hour before' })
    }),
  )
  return { usual, unknowns }
}

const others = (matched: readonly { spanId: string; durationMs: number }[], { span }: Node) =>
  matched.filter(({ spanId }) => spanId !== span.spanId).map(({ durationMs }) => durationMs)
