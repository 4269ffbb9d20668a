import type { Answer } from '#contract'
import type { ChatMessage } from '../types.ts'
import { drawings } from './drawings.svelte.ts'
import { approvalOf } from './merge.ts'

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

const cards = drawings(files)

/** The kind that is drawn: of an approval whatever its card is, a record of what nobody knows. */
export const drawnKind = (answer: Answer): string =>
  approvalOf(answer) ? 'approval' : Object.hasOwn(files, answer.card) ? answer.card : 'record'

/** Loads what draws these kinds; all there are, where none are named. */
export const loadCards = (kinds: Iterable<string> = Object.keys(files)): Promise<void> => cards.load(kinds)

/** What draws this kind; undefined until it is loaded, which this starts. */
export const drawnBy = (kind: string) => cards.of(kind)

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
