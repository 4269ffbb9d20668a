import { getContext, setContext } from 'svelte'
import type { ShownCard } from '../canvas/canvas.svelte.ts'

/** What a card may do to the conversation it stands in. Outside a conversation there is nothing to ask. */
export interface CardActions {
  /** Puts a question to the agent */
  ask?: (text: string) => void
  /** Puts words into the composer, for the person to finish and send */
  draft?: (text: string) => void
  /** Path of the card of a tool call in this conversation */
  hrefOf?: (call: string) => string
  /** Offers to keep the card on a dashboard */
  pin?: (card: ShownCard) => void
  /** A person decided on an approval: let the agent go on from there */
  decided?: (approval: string, state: string) => void
}

const key = Symbol('card actions')
export const provideActions = (actions: CardActions) => setContext(key, actions)
export const useActions = (): CardActions => getContext<CardActions | undefined>(key) ?? {}
