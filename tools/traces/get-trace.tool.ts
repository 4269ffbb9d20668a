import * as z from 'zod'
import { cards, type Fact } from '#contract'
import { defineTool } from '#define'
import { clusters, word } from '../arguments.ts'
import { counted } from '../table.ts'
import { cell, factsLine, figure, lines, outsideNote } from '../text.ts'
import { nameOf } from './check.ts'
import { isError, roundMs, treeLines } from './lines.ts'
import { type FoundTrace, readTrace, traceIdOf } from './service.ts'

/** What fits one answer; the rest stays in get_trace_spans. */
const mostLines = 40

/** One trace as a tree with its critical path (TRC-003, TRC-006, TRC-010). */
export const getTrace = defineTool({
  name: 'get_trace',
  title: 'Trace',
  about:
    'One trace by its id, found on whatever cluster has it: its tree with times, own time, errors, critical path; repeats folded. What is wrong with it: analyze_trace. All its spans: get_trace_spans.',
  risk: 'read',
  card: 'trace',
  needs: ['fleet', 'tempo'],
  input: z.strictObject({
    traceId: word.describe('Trace id'),
    clusters,
    unfolded: z.boolean().optional().describe('Repeats one by one'),
  }),
  output: cards.trace.payload,
  examples: [{ traceId: '3f2a9c1b7d5e4f60a1b2c3d4e5f60718' }],
  route: { method: 'GET', path: '/traces/{traceId}' },
  text: ({ title, startedAt, facts, spans, note }) =>
    lines(
      `${title}, began ${startedAt}. ${factsLine(facts)}`,
      note,
      `${outsideNote} * is on the critical path. at, ms, own: milliseconds.`,
      'at\tms\town\tspan',
      ...spans.map((span) => {
        const name = `${'  '.repeat(span.depth)}${span.service}: ${span.name}`
        const what = [
          span.repeats && `×${span.repeats}`,
          span.cluster && `on ${span.cluster}`,
          span.error && 'ERROR',
          span.detail,
        ].filter((part) => part)
        return `${figure(span.offsetMs)}\t${figure(span.durationMs)}\t${figure(span.selfMs)}\t${span.criticalMs === undefined ? '' : '* '}${name}${what.length > 0 ? ` [${what.join(' ')}]` : ''}`
      }),
    ),
  async run(input, ctx) {
    const { found, clusters } = await readTrace(ctx, { id: traceIdOf(input.traceId), requested: input.clusters })
    const { tree } = found
    const { spans, folded, left } = treeLines(tree, { fold: !input.unfolded, most: mostLines })
    const note = [
      ...found.partial.map((words) => `partial: ${words}`),
      folded > 0 && `${counted(folded, 'span')} folded into repeats`,
      left > 0 && `${counted(left, 'short span')} left out: get_trace_spans`,
      tree.orphans.length > 0 && `${counted(tree.orphans.length, 'span')} whose parent never arrived`,
      tree.skews[0] &&
        `clocks of ${tree.skews[0].from} and ${tree.skews[0].to} differ by about ${roundMs(Math.abs(tree.skews[0].ms))} ms: put right here`,
    ].filter((part) => part)
    return {
      data: {
        title: titleOf(found),
        traceId: found.traceId,
        startedAt: new Date(tree.startMs).toISOString(),
        durationMs: roundMs(tree.endMs - tree.startMs),
        facts: factsOf(found),
        spans,
        ...(note.length > 0 && { note: note.join('; ') }),
      },
      clusters,
      next: [`analyze_trace {"traceId":"${found.traceId}"}`],
    }
  },
})

export const titleOf = ({ tree, traceId, from }: FoundTrace): string =>
  `Trace ${traceId} on ${from.join(', ')}: ${nameOf(tree.root)}, ${roundMs(tree.endMs - tree.startMs)} ms`

function factsOf({ tree }: FoundTrace): Fact[] {
  const errors = tree.nodes.filter(isError).length
  const shares = new Map<string, number>()
  for (const { span, criticalMs } of tree.nodes)
    if (criticalMs > 0) shares.set(span.service, (shares.get(span.service) ?? 0) + criticalMs)
  const whole = tree.root.endMs - tree.root.startMs
  const first = [...shares].sort((a, b) => b[1] - a[1]).slice(0, 3)
  return [
    { label: 'spans', value: String(tree.nodes.length) },
    { label: 'services', value: String(new Set(tree.nodes.map(({ span }) => span.service)).size) },
    { label: 'errors', value: String(errors), tone: errors > 0 ? 'bad' : 'good' },
    ...(whole > 0
      ? first.map(([service, ms]) => ({
          label: `critical path in ${cell(service, 40)}`,
          value: `${Math.round((ms / whole) * 100)}%`,
        }))
      : []),
  ]
}
