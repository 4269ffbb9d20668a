import type { IconName } from '../ui/icons.ts'
import type { Words } from '../words/index.ts'

export interface Place {
  id: keyof Words['shell']['places']
  path: string
  icon: IconName
  keys?: string
}

/** The pages of the rail, in its order. */
export const places: readonly Place[] = [
  { id: 'fleet', path: '/fleet', icon: 'cluster', keys: 'g f' },
  { id: 'gpus', path: '/gpus', icon: 'chip', keys: 'g g' },
  { id: 'models', path: '/models', icon: 'model', keys: 'g m' },
  { id: 'deployments', path: '/deployments', icon: 'serve', keys: 'g d' },
  { id: 'alerts', path: '/alerts', icon: 'bell', keys: 'g a' },
  { id: 'approvals', path: '/approvals', icon: 'shield', keys: 'g p' },
  { id: 'dashboards', path: '/dashboards', icon: 'board', keys: 'g b' },
  { id: 'settings', path: '/settings', icon: 'gear', keys: 'g s' },
]
