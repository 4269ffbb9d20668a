import { defineDomain } from '#define'
import { getClusterStatus } from './get-cluster-status.tool.ts'
import { listClusters } from './list-clusters.tool.ts'

export const fleet = defineDomain({
  name: 'fleet',
  about: 'The registered clusters, their health and what they have.',
  tools: [listClusters, getClusterStatus],
})
