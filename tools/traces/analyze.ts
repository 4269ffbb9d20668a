import type { Finding } from '#contract'
import { cell } from '../text.ts'
import { type Check, lengthOf, msText, nameOf, operationKey, percent, sequences, type Usual } from './check.ts'
import { errors, quality, retries } from './failure-checks.ts'
import { isError } from './lines.ts'
import { quantile } from './search-rows.ts'
import type { Node, Tree } from './tree.ts'

/** The engine's own figures (OpenTelemetry GenAI and vLLM): waiting for room is another trouble than computing slowly. */
const engineQueue: Check = ({ nodes }) =>
  nodes.flatMap((node): Finding[] => {
    const queued = Number(node.span.attributes['gen_ai.latency.time_in_queue'] ?? 0) * 1000
    if (queued < 1000 || queued < 0.25 * lengthOf(node)) return []
    const preempted = node.span.events.some(({ name }) => /preempt/i.test(name))
    return [
      {
        id: 'engine-queue',
        severity: 'critical',
        title: `${percent(queued, lengthOf(node))} of ${nameOf(node)} was waiting in the engine's queue`,
        cause: `The engine had no room: ${preempted ? 'it was also preempted, which' : 'this'} happens when the KV cache is full or more sequences run than it takes.`,
        evidence: [
          { source: 'gen_ai.latency.time_in_queue', text: `${msText(queued)} of ${msText(lengthOf(node))}` },
          ...(preempted ? [{ source: 'event', text: 'preempted' }] : []),
        ],
        remedy:
          'Look at KV cache use and waiting requests of that model at that time; more replicas, a shorter context or fewer concurrent sequences make room.',
        ask: 'KV cache use and waiting requests of this model in that hour?',
      },
    ]
  })

/** The same call again and again, one after another. */
const repeats: Check = ({ nodes }, wholeMs) =>
  nodes.flatMap((node): Finding[] => {
    const groups = Map.groupBy(node.children, (child) => `${operationKey(child)}\n${child.span.kind}`)
    return [...groups.values()].flatMap((group): Finding[] => {
      if (group.length < 5) return []
      const runs = sequences(group)
      const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), [] as Node[])
      const totalMs = longest.reduce((sum, one) => sum + lengthOf(one), 0)
      if (longest.length < 5 || totalMs < 0.1 * wholeMs) return []
      const texts = new Set(
        longest.map(({ span }) => span.attributes['db.query.text'] ?? span.attributes['db.statement'] ?? ''),
      )
      return [
        {
          id: 'n-plus-one',
          severity: 'warning',
          title: `${nameOf(node)} calls ${nameOf(group[0]!)} ${longest.length} times, one after another`,
          cause: `Together ${msText(totalMs)}, ${percent(totalMs, wholeMs)} of the trace: one call for each item instead of one for all (N+1).`,
          evidence: [
            { source: 'spans', text: `${longest.length} calls, slowest ${msText(Math.max(...longest.map(lengthOf)))}` },
            ...(texts.size === 1 && [...texts][0] !== '' ? [{ source: 'query', text: cell([...texts][0], 160) }] : []),
          ],
          remedy: 'Fetch them in one call (batch, join, IN list), or at least in parallel.',
        },
      ]
    })
  })

/** Different calls that wait for each other although nothing shows why. */
const serial: Check = ({ nodes }, wholeMs) =>
  nodes.flatMap((node): Finding[] => {
    const calls = node.children.filter(
      (child) => child.criticalMs > 0 && lengthOf(child) >= 0.1 * lengthOf(node) && !isError(child),
    )
    return sequences(calls).flatMap((run): Finding[] => {
      const names = new Set(run.map(operationKey))
      const saved = run.reduce((sum, one) => sum + lengthOf(one), 0) - Math.max(...run.map(lengthOf))
      if (names.size < 2 || saved < 0.15 * wholeMs || saved < 5) return []
      return [
        {
          id: 'sequential-calls',
          severity: 'info',
          title: `${nameOf(node)} waits for ${run.length} calls in turn`,
          cause: `${run
            .slice(0, 4)
            .map((one) => `${nameOf(one)} (${msText(lengthOf(one))})`)
            .join(', then ')}.`,
          evidence: [
            {
              source: 'spans',
              text: `in parallel they would take ${msText(saved)} less, ${percent(saved, wholeMs)} of the trace`,
            },
          ],
          remedy: 'Where none needs the answer of another, send them at once.',
        },
      ]
    })
  })

/** Time of a span that has children, in which none of them ran. */
const gaps: Check = ({ nodes }, wholeMs) => {
  const found = nodes.flatMap((node) => {
    if (node.children.length === 0 || node.criticalMs < 0.15 * wholeMs) return []
    let until = node.startMs
    let before: Node | undefined
    const holes: { fromMs: number; toMs: number; before?: Node | undefined; after?: Node | undefined }[] = []
    for (const child of node.children) {
      if (child.startMs > until)
        holes.push({ fromMs: until, toMs: Math.min(child.startMs, node.endMs), before, after: child })
      if (child.endMs > until) {
        until = child.endMs
        before = child
      }
    }
    if (node.endMs > until) holes.push({ fromMs: until, toMs: node.endMs, before, after: undefined })
    const worst = holes.reduce((best, hole) => (hole.toMs - hole.fromMs > best.toMs - best.fromMs ? hole : best), {
      fromMs: 0,
      toMs: 0,
    })
    const length = worst.toMs - worst.fromMs
    return length >= 0.15 * wholeMs && length >= 5 ? [{ node, length, ...worst }] : []
  })
  return found.slice(0, 3).map(({ node, length, before, after, fromMs }): Finding => {
    const isCall = node.span.kind === 'client' && node.children.some(({ span }) => span.kind === 'server')
    const place = [before && `after ${nameOf(before)}`, after && `before ${nameOf(after)}`]
      .filter((part) => part)
      .join(' and ')
    return {
      id: isCall ? 'call-wait' : 'gap',
      severity: 'warning',
      title: isCall
        ? `${msText(length)} of the call ${nameOf(node)} passed outside of the server`
        : `${msText(length)} within ${nameOf(node)} that no span explains`,
      cause: isCall
        ? 'Waiting for a connection, in a proxy, or in the queue of the server before its span began.'
        : 'Work that is not instrumented, or waiting: a lock, a pool, a queue, garbage collection, a throttled CPU.',
      evidence: [
        {
          source: 'spans',
          text: `${percent(length, wholeMs)} of the trace, ${place || 'throughout'}`,
          at: new Date(fromMs).toISOString(),
        },
      ],
      remedy: isCall
        ? 'Compare connection pool, proxy and accept queue at that time; look at network errors between the two.'
        : 'Look at CPU throttling and logs of that pod at that time, or instrument that part.',
    }
  })
}

/** The heaviest of the critical path against what it takes in other traces. */
const slowerThanUsual: Check = ({ nodes }, wholeMs, usual) =>
  heaviest({ nodes }, wholeMs).flatMap((node): Finding[] => {
    const known = usual.get(operationKey(node))
    if (!known || known.durationsMs.length < 5) return []
    const [p50, p95] = [quantile(known.durationsMs, 0.5)!, quantile(known.durationsMs, 0.95)!]
    const own = lengthOf(node)
    if (own <= p95 || own < 2 * p50) return []
    return [
      {
        id: 'slower-than-usual',
        severity: 'warning',
        title: `${nameOf(node)} took ${msText(own)}, usually ${msText(p50)}`,
        cause: `Slower than 95% of ${known.durationsMs.length} others (p95 ${msText(p95)}).`,
        evidence: [
          {
            source: 'search',
            text: `${known.durationsMs.length} spans of the same operation ${known.since}: p50 ${msText(p50)}, p95 ${msText(p95)}`,
          },
        ],
        remedy: 'Compare it with a usual one of the same operation: what differs in its attributes, pod and node?',
        ask: `Other slow traces of ${cell(node.span.service, 60)}?`,
      },
    ]
  })

/** Where the time went, by operation. */
const criticalPath: Check = ({ nodes }, wholeMs) => {
  const shares = new Map<string, { ms: number; count: number; node: Node }>()
  for (const node of nodes) {
    if (node.criticalMs <= 0) continue
    const own = shares.get(operationKey(node)) ?? { ms: 0, count: 0, node }
    shares.set(operationKey(node), { ms: own.ms + node.criticalMs, count: own.count + 1, node: own.node })
  }
  const first = [...shares.values()].sort((a, b) => b.ms - a.ms).slice(0, 5)
  if (first.length === 0) return []
  return [
    {
      id: 'critical-path',
      severity: 'info',
      title: `${percent(first[0]!.ms, wholeMs)} of the time is ${nameOf(first[0]!.node)}`,
      cause: 'The critical path: the chain of spans that the end of the trace waited for.',
      evidence: first.map(({ ms, count, node }) => ({
        source: nameOf(node),
        text: `${msText(ms)}, ${percent(ms, wholeMs)}${count > 1 ? ` in ${count} spans` : ''}`,
      })),
      remedy: 'Make these faster; whatever is beside the path changes nothing.',
    },
  ]
}

const checks: readonly Check[] = [
  errors,
  engineQueue,
  retries,
  repeats,
  gaps,
  slowerThanUsual,
  serial,
  criticalPath,
  quality,
]
export const checkCount = checks.length

const rank = { critical: 0, warning: 1, info: 2 }

/** Spans that hold the most of the critical path themselves, one for each operation. */
export function heaviest({ nodes }: Pick<Tree, 'nodes'>, wholeMs: number): Node[] {
  const seen = new Set<string>()
  return nodes
    .filter((node) => node.criticalMs >= 0.1 * wholeMs)
    .sort((a, b) => b.criticalMs - a.criticalMs)
    .filter((node) => !seen.has(operationKey(node)) && seen.add(operationKey(node)))
    .slice(0, 3)
}

/** What is wrong with a trace, worst first (TRC-007). */
export function analyze(tree: Tree, usual: ReadonlyMap<string, Usual> = new Map()): Finding[] {
  const wholeMs = tree.root.endMs - tree.root.startMs
  return checks
    .flatMap((check) => check(tree, wholeMs, usual))
    .sort((a, b) => rank[a.severity] - rank[b.severity])
    .slice(0, 14)
}
