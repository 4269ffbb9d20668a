import { kindsIn, loadCards } from '#lib/cards/drawn-by.svelte.ts'
import { openingTurns } from '#lib/chat/opening-turns.ts'
import type { PageLoad } from './$types'

/** The cards that the conversation opens with are loaded before it is drawn: none appears empty first. */
export const load: PageLoad = async ({ data }) => {
  await loadCards(kindsIn(data.messages.slice(-openingTurns(data.messages))))
  return data
}
