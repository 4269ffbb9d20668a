import { expect, it } from 'vitest'
import { domains } from '#tools/index.ts'
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

it('RTE-021: all fifteen types are events that a subscription may name', () => {
  const known = new Set(domains.flatMap(({ events }) => Object.keys(events)))
  const theirs =
    'CLUSTER_REGISTERED CLUSTER_UPDATED CLUSTER_DELETED CLUSTER_STATUS_CHANGED CLUSTER_CREDENTIALS_UPDATED CLUSTER_CAPABILITIES_CHANGED METRIC_UPDATE ALERT_FIRED ALERT_RESOLVED TRACE_RECEIVED GPU_UPDATE ANOMALY_DETECTED CHAT_MESSAGE RCA_COMPLETE REPORT_GENERATED'.split(
      ' ',
    )
  expect(theirs.filter((name) => !known.has(eventNameOf(name)))).toEqual([])
  expect(new Set(theirs.map(eventNameOf)).size).toBe(15)
})
