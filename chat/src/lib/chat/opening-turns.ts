import type { ChatMessage } from '../types.ts'

/** Two screens: what one sees, and as much to scroll while the rest is drawn. CSS pixels */
const enoughPx = 1_800
const mostTurns = 12

const charactersOfLine = 90
const pxOf = { line: 24, card: 280, turn: 60 }

/** Height that a turn takes at least, as far as one can tell without drawing it. CSS pixels */
function heightOf({ parts }: ChatMessage): number {
  let px = pxOf.turn
  for (const part of parts) {
    if (part.type === 'text') px += Math.ceil(part.text.length / charactersOfLine) * pxOf.line
    else if (part.type === 'dynamic-tool' && (part.output as { answer?: unknown } | undefined)?.answer) px += pxOf.card
  }
  return px
}

/**
 * How many of the last turns a conversation opens with: the page waits for them, so no more than fill it. Server and browser
 * come to the same number.
 */
export function openingTurns(messages: readonly ChatMessage[]): number {
  let px = 0
  let turns = 0
  while (turns < mostTurns && turns < messages.length && px < enoughPx) {
    turns++
    px += heightOf(messages.at(-turns)!)
  }
  return Math.max(1, turns)
}
