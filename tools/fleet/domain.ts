import { defineDomain } from '#define'
import { compareClusters } from './compare-clusters.tool.ts'
import { watchCredentials } from './credentials.job.ts'
import { discovery } from './discovery.job.ts'
import { healthEvents } from './events.ts'
import { getCluster } from './get-cluster.tool.ts'
import { getClusterStatus } from './get-cluster-status.tool.ts'
import { getFleetCapabilities } from './get-fleet-capabilities.tool.ts'
import { getFleetHealth } from './get-fleet-health.tool.ts'
import { getFleetSummary } from './get-fleet-summary.tool.ts'
import { healthHistory, healthJobs } from './health.job.ts'
import { listClusters } from './list-clusters.tool.ts'
import { refreshCluster } from './refresh-cluster.tool.ts'
import { registerCluster } from './register-cluster.tool.ts'
import { registryEvents } from './registry-view.ts'
import { removeCluster } from './remove-cluster.tool.ts'
import { removeClusterCredentials } from './remove-cluster-credentials.tool.ts'
import { setClusterCredentials } from './set-cluster-credentials.tool.ts'
import { updateCluster } from './update-cluster.tool.ts'
import { validateClusterCredentials } from './validate-cluster-credentials.tool.ts'

export const fleet = defineDomain({
  name: 'fleet',
  about: 'The registered clusters, their health and what they have.',
  tools: [
    listClusters,
    getClusterStatus,
    getFleetSummary,
    getFleetHealth,
    getFleetCapabilities,
    compareClusters,
    getCluster,
    registerCluster,
    updateCluster,
    refreshCluster,
    removeCluster,
    setClusterCredentials,
    validateClusterCredentials,
    removeClusterCredentials,
  ],
  jobs: [...healthJobs, healthHistory, discovery, watchCredentials],
  events: { ...healthEvents, ...registryEvents },
})
