import type { Dashboard } from './types.ts'

export interface Differences {
  renamedTo?: string
  shared?: boolean
  added: string[]
  removed: string[]
  changed: string[]
}

/** What somebody did to a dashboard since this window read it. */
export function differences(before: Dashboard, now: Dashboard): Differences {
  const old = new Map(before.cards.map((card) => [card.id, card]))
  const kept = new Set(now.cards.map(({ id }) => id))
  return {
    ...(before.title !== now.title && { renamedTo: now.title }),
    ...(before.shared !== now.shared && { shared: now.shared }),
    added: now.cards.filter(({ id }) => !old.has(id)).map(({ title }) => title),
    removed: before.cards.filter(({ id }) => !kept.has(id)).map(({ title }) => title),
    changed: now.cards
      .filter((card) => old.has(card.id) && JSON.stringify(old.get(card.id)) !== JSON.stringify(card))
      .map(({ title }) => title),
  }
}
