import type { TraceSpan } from '#contract'
import { cell, quoted } from '../text.ts'
import type { Node, Tree } from './tree.ts'

/** So many siblings of one name become one line. */
const foldFrom = 4

export const errorOf = ({ span }: Node): string | undefined => {
  if (span.status !== 'error' && !span.events.some(({ name }) => name === 'exception')) return undefined
  const exception = span.events.find(({ name }) => name === 'exception')?.attributes
  const type = exception?.['exception.type']
  const words = span.statusMessage ?? exception?.['exception.message']
  return [type, words].filter((part) => part !== undefined && part !== '').join(': ') || 'no message'
}
export const isError = (node: Node): boolean => node.span.status === 'error'

/** Attributes that say what a call was about, first the ones of models, then the usual ones. */
const telling = [
  'gen_ai.request.model',
  'gen_ai.latency.time_in_queue',
  'gen_ai.usage.prompt_tokens',
  'gen_ai.usage.completion_tokens',
  'http.response.status_code',
  'http.status_code',
  'rpc.grpc.status_code',
  'db.query.text',
  'db.statement',
  'messaging.destination.name',
  'server.address',
]

function detailOf(node: Node): string | undefined {
  const { attributes, events, links } = node.span
  const error = errorOf(node)
  const firstToken = attributes['gen_ai.latency.time_to_first_token']
  const told = telling.flatMap((key) =>
    attributes[key] === undefined || attributes[key] === ''
      ? []
      : [`${key.split('.').at(-1)}=${cell(attributes[key], 60)}`],
  )
  const happened = events.filter(({ name }) => name !== 'exception').map(({ name }) => cell(name, 40))
  const parts = [
    error === undefined ? undefined : quoted(error, 160),
    told.slice(0, 4).join(' '),
    // As key=value it would pass for a credential.
    firstToken === undefined ? undefined : `first token after ${cell(firstToken, 20)} s`,
    happened.length > 0 && `events: ${[...new Set(happened)].slice(0, 3).join(', ')}`,
    links.length > 0 && `links to ${links.length} other`,
  ].filter((part) => part)
  return parts.length > 0 ? parts.join('; ') : undefined
}

interface Line {
  node: Node
  /** All that are folded into it, itself too */
  group: readonly Node[]
  depth: number
}

const nameOf = ({ span }: Node) => `${span.cluster}\n${span.service}\n${span.kind}\n${span.name}`
const slowest = (group: readonly Node[]) =>
  group.reduce((best, one) => (one.endMs - one.startMs > best.endMs - best.startMs ? one : best))

/** Siblings in order, repeats of one name as one group at the place of the first. */
function groupsOf(children: readonly Node[], fold: boolean): Node[][] {
  if (!fold) return children.map((child) => [child])
  const byName = Map.groupBy(children, nameOf)
  const done = new Set<string>()
  return children.flatMap((child) => {
    const name = nameOf(child)
    const group = byName.get(name)!
    if (group.length < foldFrom) return [[child]]
    if (done.has(name)) return []
    done.add(name)
    return [group]
  })
}

function linesOf(tree: Tree, fold: boolean): Line[] {
  const lines: Line[] = []
  const stack = groupsOf(tree.roots, fold).reverse()
  while (stack.length > 0) {
    const group = stack.pop()!
    const node = slowest(group)
    lines.push({ node, group, depth: node.depth })
    for (const one of groupsOf(node.children, fold).reverse()) stack.push(one)
  }
  return lines
}

/** The lines that matter most, each with all that stand above it: errors, the critical path, then the longest. */
function mostTelling(lines: readonly Line[], most: number): Set<Node> {
  const weight = ({ node, group }: Line) =>
    (group.some(isError) ? 1e15 : 0) + (node.criticalMs > 0 ? 1e12 : 0) + node.endMs - node.startMs
  const kept = new Set<Node>()
  for (const line of [...lines].sort((a, b) => weight(b) - weight(a))) {
    const above: Node[] = []
    for (let at: Node | undefined = line.node; at && !kept.has(at); at = at.parent) above.push(at)
    if (kept.size + above.length > most) continue
    for (const node of above) kept.add(node)
  }
  return kept
}

export const roundMs = (ms: number): number => (Math.abs(ms) >= 100 ? Math.round(ms) : Number(ms.toPrecision(3)))

/** The tree as lines. At most `most`, the least telling left out; how many spans are folded or left out is told. */
export function treeLines(
  tree: Tree,
  { fold, most }: { fold: boolean; most: number },
): { spans: TraceSpan[]; folded: number; left: number } {
  const all = linesOf(tree, fold)
  const kept = all.length <= most ? undefined : mostTelling(all, most)
  const shown = kept ? all.filter(({ node }) => kept.has(node)) : all
  const several = new Set(tree.nodes.map(({ span }) => span.cluster)).size > 1
  const spans = shown.map(({ node, group, depth }): TraceSpan => {
    const { span } = node
    const critical = group.reduce((sum, one) => sum + one.criticalMs, 0)
    const errors = group.filter(isError).length
    const total = group.reduce((sum, one) => sum + one.endMs - one.startMs, 0)
    const detail = [
      group.length > 1 && `${roundMs(total)} ms in all${errors > 0 ? `, ${errors} with errors` : ''}`,
      detailOf(group.find(isError) ?? node),
      tree.orphans.includes(node) && 'its parent never arrived',
    ].filter((part) => part)
    return {
      id: span.spanId,
      depth,
      service: cell(span.service, 60),
      name: cell(span.name, 80),
      ...(several && { cluster: span.cluster }),
      offsetMs: roundMs(node.startMs - tree.startMs),
      durationMs: roundMs(node.endMs - node.startMs),
      selfMs: roundMs(group.reduce((sum, one) => sum + one.selfMs, 0)),
      ...(critical >= 0.001 && { criticalMs: roundMs(critical) }),
      ...(errors > 0 && { error: true }),
      ...(group.length > 1 && { repeats: group.length }),
      ...(detail.length > 0 && { detail: detail.join('; ') }),
    }
  })
  const inLines = all.reduce((sum, { group }) => sum + group.length, 0)
  const inShown = shown.reduce((sum, { group }) => sum + group.length, 0)
  return { spans, folded: tree.nodes.length - inLines + (inShown - shown.length), left: inLines - inShown }
}
