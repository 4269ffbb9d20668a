import { readyToDraw } from '#lib/chat/drawn-cards.ts'
import { openingTurns } from '#lib/chat/opening-turns.ts'
import type { PageLoad } from './$types'

/** The cards that the conversation opens with are loaded before it is drawn: none appears empty first. */
export const load: PageLoad = async ({ data }) => {
  await readyToDraw(data.messages.slice(-openingTurns(data.messages)))
  return data
}
