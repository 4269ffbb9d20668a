import { defineDomain } from '#define'
import { alertEvents } from './events.ts'
import { followAlerts, pruneAlerts } from './follow.job.ts'
import { listAlerts } from './list-alerts.tool.ts'
import { receiveAlerts } from './receive-alerts.tool.ts'

export const alerts = defineDomain({
  name: 'alerts',
  about: 'What the alerting rules of every cluster say now.',
  tools: [listAlerts, receiveAlerts],
  jobs: [followAlerts, pruneAlerts],
  events: alertEvents,
})
