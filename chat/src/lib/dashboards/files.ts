import { packed } from './layout.ts'
import type { Dashboard, DashboardFile, PinnedCard } from './types.ts'

export const fileOf = ({ title, cards }: Dashboard): DashboardFile => ({
  kind: 'quartermaster-dashboard',
  version: 1,
  title,
  cards,
})

/** Hands the dashboard to the browser as a file. */
export function saveFile(board: Dashboard): void {
  const address = URL.createObjectURL(new Blob([JSON.stringify(fileOf(board), null, 2)], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = address
  link.download = `${board.title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.dashboard.json`
  link.click()
  URL.revokeObjectURL(address)
}

/** What a file holds; undefined where it is no dashboard. What its cards may ask is checked by the server. */
export function readFile(text: string): { title: string; cards: PinnedCard[] } | undefined {
  try {
    const { kind, version, title, cards } = JSON.parse(text) as Partial<DashboardFile>
    if (kind !== 'quartermaster-dashboard' || version !== 1 || typeof title !== 'string' || !Array.isArray(cards))
      return undefined
    return { title: title.slice(0, 120), cards: packed(cards) }
  } catch {
    return undefined
  }
}
