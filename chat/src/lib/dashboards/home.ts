import type { Words } from '../words/index.ts'
import { packed } from './layout.ts'
import type { Dashboard, PinnedCard } from './types.ts'

export const homeId = 'home'

const card = (id: string, tool: string, place: Pick<PinnedCard, 'x' | 'y' | 'w' | 'h'>) => ({ id, tool, ...place })

/** The fleet on one page: part of the product, made of the same cards as every other (UIX-014). */
export function homeDashboard(words: Words['dashboards']): Dashboard {
  const { cards } = words.home
  const placed: PinnedCard[] = [
    { ...card('summary', 'get_fleet_summary', { x: 0, y: 0, w: 6, h: 6 }), input: {}, title: cards.summary },
    { ...card('alerts', 'list_alerts', { x: 6, y: 0, w: 6, h: 6 }), input: { limit: 20 }, title: cards.alerts },
    { ...card('failing', 'what_is_failing', { x: 0, y: 6, w: 12, h: 6 }), input: {}, title: cards.failing },
    { ...card('gpus', 'get_gpu_nodes', { x: 0, y: 12, w: 12, h: 7 }), input: { limit: 50 }, title: cards.gpus },
    { ...card('nodes', 'list_nodes', { x: 0, y: 19, w: 12, h: 7 }), input: { limit: 50 }, title: cards.nodes },
    { ...card('serving', 'list_deployments', { x: 0, y: 26, w: 6, h: 6 }), input: {}, title: cards.serving },
    { ...card('errors', 'search_error_logs', { x: 6, y: 26, w: 6, h: 6 }), input: {}, title: cards.errors },
  ]
  return {
    id: homeId,
    title: words.home.title,
    shared: true,
    owner: '',
    mine: false,
    builtIn: true,
    version: 1,
    updatedAt: '',
    cards: packed(placed),
  }
}
