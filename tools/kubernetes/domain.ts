import { defineDomain } from '#define'
import { getEvents } from './get-events.tool.ts'
import { getPodLogs } from './get-pod-logs.tool.ts'
import { getResource } from './get-resource.tool.ts'
import { listNodes } from './list-nodes.tool.ts'
import { listPods } from './list-pods.tool.ts'
import { whatIsFailing } from './what-is-failing.tool.ts'

export const kubernetes = defineDomain({
  name: 'kubernetes',
  about: 'What runs on the clusters: nodes, pods, objects, events and logs of containers.',
  tools: [listNodes, listPods, whatIsFailing, getResource, getEvents, getPodLogs],
})
