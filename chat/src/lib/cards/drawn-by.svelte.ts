import type { Component } from 'svelte'
import type { Answer } from '#contract'
import type { ChatMessage } from '../types.ts'
import { approvalOf } from './merge.ts'

type Drawing = Component<Record<string, unknown>>

/** What draws a kind of card, in a file of its own: a page loads those it shows. */
const files: Record<string, () => Promise<{ default: unknown }>> = {
  approval: () => import('./approval/approval-card.svelte'),
  cost: () => import('./kinds/cost-card.svelte'),
  findings: () => import('./kinds/findings-card.svelte'),
  graph: () => import('./graph/graph-card.svelte'),
  ledger: () => import('./kinds/ledger-card.svelte'),
  log: () => import('./kinds/log-card.svelte'),
  measurement: () => import('./chart/measurement-card.svelte'),
  nodes: () => import('./table/nodes-card.svelte'),
  progress: () => import('./kinds/progress-card.svelte'),
  record: () => import('./kinds/record-card.svelte'),
  report: () => import('./kinds/report-card.svelte'),
  status: () => import('./kinds/status-card.svelte'),
  table: () => import('./table/table-card.svelte'),
  'time-series': () => import('./chart/time-series-card.svelte'),
  trace: () => import('./kinds/trace-card.svelte'),
}

let known = $state.raw<Record<string, Drawing>>({})

/** The kind that is drawn: of an approval whatever its card is, a record of what nobody knows. */
export const drawnKind = (answer: Answer): string =>
  approvalOf(answer) ? 'approval' : Object.hasOwn(files, answer.card) ? answer.card : 'record'

/** Loads what draws these kinds. A kind that could not be loaded is tried again when it is next asked for. */
export async function loadCards(kinds: Iterable<string> = Object.keys(files)): Promise<void> {
  const missing = [...new Set(kinds)].filter((kind) => !known[kind] && files[kind])
  await Promise.all(
    missing.map(async (kind) => {
      const drawing = (await files[kind]!().catch(() => undefined))?.default as Drawing | undefined
      if (drawing) known = { ...known, [kind]: drawing }
    }),
  )
}

/** What draws this kind; undefined until it is loaded, which this starts. */
export function drawnBy(kind: string): Drawing | undefined {
  if (!known[kind]) void loadCards([kind])
  return known[kind]
}

/** The kinds of card that these messages show. */
export const kindsIn = (messages: readonly ChatMessage[]): Set<string> =>
  new Set(
    messages.flatMap(({ parts }) =>
      parts.flatMap((part) => {
        const answer =
          part.type === 'dynamic-tool' ? (part.output as { answer?: Answer } | undefined)?.answer : undefined
        return answer ? [drawnKind(answer)] : []
      }),
    ),
  )

// The server draws whole pages at once.
if (import.meta.env?.SSR) await loadCards()
