import { expect, it } from 'vitest'
import { eventNameOf } from './event-names.ts'

it.each([
  ['CLUSTER_STATUS_CHANGED', 'cluster.status-changed'],
  ['ALERT_FIRED', 'alert.fired'],
  ['METRIC_UPDATE', 'metric.changed'],
  ['GPU_UPDATE', 'gpu.updated'],
  ['CHAT_MESSAGE', 'chat.message-added'],
  ['RCA_COMPLETE', 'analysis.completed'],
  ['alert.fired', 'alert.fired'],
  ['NONSENSE', 'NONSENSE'],
])('RTE-021: %s is %s', (theirs, ours) => {
  expect(eventNameOf(theirs)).toBe(ours)
})
