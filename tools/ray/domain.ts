import { defineDomain } from '#define'
import { estimateRayCluster } from './estimate-ray-cluster.tool.ts'
import { rayEvents } from './events.ts'
import { launchRayCluster } from './launch-ray-cluster.tool.ts'
import { listRayClusters } from './list-ray-clusters.tool.ts'
import { followRayClusters } from './reconcile.job.ts'

export const rayDomain = defineDomain({
  name: 'ray',
  about: 'Ray clusters on Kubernetes and bare: what runs, what one would need, launching one',
  tools: [listRayClusters, estimateRayCluster, launchRayCluster],
  jobs: [followRayClusters],
  events: rayEvents,
})
