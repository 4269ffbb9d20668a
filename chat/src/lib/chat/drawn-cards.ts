import { drawings } from '../cards/drawings.svelte.ts'
import { kindsIn, loadCards } from '../cards/drawn-by.svelte.ts'
import type { ChatMessage } from '../types.ts'

/** What a conversation draws cards in; it is loaded when there is something to draw. */
const around = drawings({
  card: () => import('../cards/card.svelte'),
  // Several changes of one answer, as one list
  approvals: () => import('../cards/approval/approval-list.svelte'),
})

/** What draws it; undefined until it is loaded, which this starts. */
export const drawing = around.of

/** Loads what these messages are drawn with; all there is, where no messages are given. */
export async function readyToDraw(messages?: readonly ChatMessage[]): Promise<void> {
  const kinds = messages && kindsIn(messages)
  await Promise.all([
    loadCards(kinds),
    around.load([
      ...(kinds?.size === 0 ? [] : (['card'] as const)),
      ...(kinds && !kinds.has('approval') ? [] : (['approvals'] as const)),
    ]),
  ])
}
