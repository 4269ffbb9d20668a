import type * as z from 'zod'

/**
 * A kind of card. `payload` is what a tool answers, `patch` what a live event may change.
 * `list` names the member that grows with the world: the road shortens it to bound an answer and pages through it.
 */
export interface CardDefinition<K extends string, P extends z.ZodObject, D extends z.ZodObject> {
  kind: K
  payload: P
  patch: D
  list?: string
  /** The list is oldest first: pages are taken from its end, so that the newest items are in the first one */
  fromEnd?: true
}

export const defineCard = <const K extends string, P extends z.ZodObject, D extends z.ZodObject>(
  card: CardDefinition<K, P, D>,
): CardDefinition<K, P, D> => card
