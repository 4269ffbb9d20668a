import type { Component } from 'svelte'
import { kindsIn, loadCards } from '../cards/drawn-by.svelte.ts'
import type { ChatMessage } from '../types.ts'

/** What a conversation draws cards in; it is loaded when there is something to draw. */
const files = {
  card: () => import('../cards/card.svelte'),
  // Several changes of one answer, as one list
  approvals: () => import('../cards/approval/approval-list.svelte'),
}
type Name = keyof typeof files
type Drawing = Component<Record<string, unknown>>

let known = $state.raw<Partial<Record<Name, Drawing>>>({})

async function load(names: Iterable<Name>): Promise<void> {
  await Promise.all(
    [...names].map(async (name) => {
      if (known[name]) return
      const drawing = (await files[name]().catch(() => undefined))?.default as Drawing | undefined
      if (drawing) known = { ...known, [name]: drawing }
    }),
  )
}

/** What draws it; undefined until it is loaded, which this starts. */
export function drawing(name: Name): Drawing | undefined {
  if (!known[name]) void load([name])
  return known[name]
}

/** Loads what these messages are drawn with; all there is, where no messages are given. */
export async function readyToDraw(messages?: readonly ChatMessage[]): Promise<void> {
  const kinds = messages && kindsIn(messages)
  const names: Name[] = [
    ...(kinds?.size === 0 ? [] : (['card'] as const)),
    ...(kinds && !kinds.has('approval') ? [] : (['approvals'] as const)),
  ]
  await Promise.all([loadCards(kinds), load(names)])
}
