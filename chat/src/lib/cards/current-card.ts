import { type Command, commands } from '../shell/commands.svelte.ts'

let leave: (() => void) | undefined
let current: unknown

/**
 * A card that a person is at, by focus or by pointer: the palette offers what can be done with it, until they are at another one.
 * `card` tells one from another.
 */
export function atCard(card: unknown, list: () => readonly Command[]): void {
  if (card === current) return
  leave?.()
  current = card
  leave = commands.register(list())
}

/** The card is gone. */
export function leaveCard(card: unknown): void {
  if (card !== current) return
  leave?.()
  leave = undefined
  current = undefined
}
