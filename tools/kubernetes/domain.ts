import { defineDomain } from '#define'
import { changeEvents } from './change/events.ts'
import { followChanges } from './change/follow-changes.job.ts'
import { changingTools } from './change/tools.ts'
import { getEvents } from './get-events.tool.ts'
import { getPodLogs } from './get-pod-logs.tool.ts'
import { getResource } from './get-resource.tool.ts'
import { getResourceUsage } from './get-resource-usage.tool.ts'
import { getTopConsumers } from './get-top-consumers.tool.ts'
import { listNodes } from './list-nodes.tool.ts'
import { listPods } from './list-pods.tool.ts'
import { listResources } from './list-resources.tool.ts'
import { whatIsFailing } from './what-is-failing.tool.ts'

export const kubernetes = defineDomain({
  name: 'kubernetes',
  about:
    'What runs on the clusters, and changes of it: nodes, pods, objects, events, logs; apply, scale, restart, drain.',
  tools: [
    listNodes,
    listPods,
    whatIsFailing,
    listResources,
    getResource,
    getEvents,
    getPodLogs,
    getResourceUsage,
    getTopConsumers,
    ...changingTools,
  ],
  jobs: [followChanges],
  events: changeEvents,
})
