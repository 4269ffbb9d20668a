import { kindsIn, loadCards } from '#lib/cards/drawn-by.svelte.ts'
import type { PageLoad } from './$types'

/** The cards of the conversation are loaded before it is drawn: none appears empty first. */
export const load: PageLoad = async ({ data }) => {
  await loadCards(kindsIn(data.messages))
  return data
}
