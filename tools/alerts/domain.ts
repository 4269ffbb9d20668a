import { defineDomain } from '#define'
import { listAlerts } from './list-alerts.tool.ts'

export const alerts = defineDomain({
  name: 'alerts',
  about: 'What the alerting rules of every cluster say now.',
  tools: [listAlerts],
})
