import { ToolError } from '#contract'
import type { Context } from '#define'
import type { TimeRange } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { nearest } from '../scope.ts'
import { cell } from '../text.ts'
import { buildTree, type ClusterSpan, type Tree } from './tree.ts'

type Ctx = Context<'fleet' | 'tempo'>

/** Searches read blocks from object storage. */
export const traceTimeoutMs = 5_000

/** 1 to 32 hexadecimal digits out of what people paste: dashes of a UUID, 0x, a whole traceparent. */
export function traceIdOf(text: string): string {
  const plain = text.trim().toLowerCase()
  const parent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(plain)?.[1]
  const id = parent ?? plain.replace(/^0x/, '').replaceAll('-', '')
  if (/^[0-9a-f]{1,32}$/.test(id)) return id.padStart(32, '0')
  throw new ToolError('invalid-input', `"${cell(text, 80)}" is no trace id.`, {
    next: 'A trace id has up to 32 hexadecimal digits; search_traces finds them by service, time or error.',
    field: 'traceId',
  })
}

export interface FoundTrace {
  traceId: string
  tree: Tree
  /** Clusters that hold a part of it */
  from: string[]
  /** Tempo's words where a cluster gave only a part */
  partial: string[]
}

/**
 * One trace, wherever it is: every cluster is asked (TRC-006), and what several hold is put together.
 * @throws not-found where none has it, naming those that did not answer
 */
export async function readTrace(
  ctx: Ctx,
  { id, requested }: { id: string; requested?: readonly string[] | undefined },
) {
  const { tempo } = ctx.clients
  const names = ctx.scopeOf(tempo, requested)
  const read = await ctx.fanOut(names, (cluster, signal) => tempo.for(cluster).trace(id, { signal }), {
    timeoutMs: traceTimeoutMs,
  })
  const { values, clusters } = requireSome(read)
  const parts = values.flatMap(({ cluster, value }) => (value ? [{ cluster, ...value }] : []))
  if (parts.length === 0) {
    const silent = clusters.filter(({ status }) => status !== 'success').map(({ cluster }) => cluster)
    throw new ToolError('not-found', `No trace ${id} on ${values.map(({ cluster }) => cluster).join(', ')}.`, {
      next:
        silent.length > 0
          ? `Not asked with success: ${silent.join(', ')}. Or it was never sampled, is older than the retention, or its last spans came seconds ago.`
          : 'It was never sampled, is older than the retention, or came seconds ago: try again shortly, or search_traces.',
      field: 'traceId',
      details: { clusters },
    })
  }
  const spans = new Map<string, ClusterSpan>()
  for (const { cluster, spans: own } of parts)
    for (const span of own) {
      const key = `${span.spanId} ${span.kind} ${span.startMs}`
      // Shipped to two clusters: the same span counts once.
      if (!spans.has(key)) spans.set(key, { ...span, cluster })
    }
  const found: FoundTrace = {
    traceId: id,
    tree: buildTree([...spans.values()].sort((a, b) => a.startMs - b.startMs || b.durationMs - a.durationMs)),
    from: parts.map(({ cluster }) => cluster),
    partial: parts.flatMap(({ cluster, partial }) =>
      partial === undefined ? [] : [`${cluster}: ${cell(partial, 200)}`],
    ),
  }
  return { found, clusters }
}

/** Names of services or operations over the clusters that answered, each once. */
export async function tagValuesOver(
  ctx: Ctx,
  names: readonly string[],
  { tag, query, range }: { tag: string; query?: string; range: TimeRange },
) {
  const { tempo } = ctx.clients
  const read = await ctx.fanOut(
    names,
    (cluster, signal) => tempo.for(cluster).tagValues(tag, { ...(query && { query }), ...range, signal }),
    { timeoutMs: traceTimeoutMs },
  )
  return requireSome(read)
}

/** Why a search found nothing: is there such a service, such an operation? */
export async function explainNothing(
  ctx: Ctx,
  {
    names,
    service,
    operation,
    range,
  }: { names: readonly string[]; service?: string | undefined; operation?: string | undefined; range: TimeRange },
): Promise<string[]> {
  const ask = async (tag: string) => {
    try {
      const { values } = await tagValuesOver(ctx, names, { tag, range })
      return [...new Set(values.flatMap(({ value }) => value))]
    } catch {
      // What there is stays unknown; the search itself was answered.
      return undefined
    }
  }
  const causes: string[] = []
  for (const [wanted, tag, what] of [
    [service, 'resource.service.name', 'service'],
    [operation, 'name', 'operation'],
  ] as const) {
    if (wanted === undefined) continue
    const known = await ask(tag)
    const plain = wanted.replaceAll('*', '')
    if (!known || known.some((one) => (wanted.includes('*') ? one.includes(plain) : one === wanted))) continue
    const near = nearest(plain, known)
    causes.push(
      known.length === 0
        ? `No spans at all in that time: is anything instrumented and sent to this Tempo?`
        : `No ${what} ${cell(wanted, 80)}${near ? `; near: ${cell(near, 80)}` : ''}; there are ${known
            .slice(0, 10)
            .map((one) => cell(one, 40))
            .join(', ')}`,
    )
  }
  return causes
}
