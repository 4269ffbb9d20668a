import { getContext, setContext } from 'svelte'

/** What a card may do to the conversation it stands in. Outside a conversation there is nothing to ask. */
export interface CardActions {
  /** Puts a question to the agent */
  ask?: (text: string) => void
  /** A person decided on an approval: let the agent go on from there */
  decided?: (approval: string, state: string) => void
}

const key = Symbol('card actions')
export const provideActions = (actions: CardActions) => setContext(key, actions)
export const useActions = (): CardActions => getContext<CardActions | undefined>(key) ?? {}
