import type { DeploymentConfig } from '../../config.ts'
import { plainImage } from '../shared/engine-command.ts'
import { dynamoOnly } from '../shared/refusals.ts'
import type { Runtime } from '../types.ts'
import { plainChange } from './change.ts'
import { plainManifests } from './manifests.ts'
import { readPlain } from './read.ts'

/** What needs something beside the engines: a router, an operator, pods that know each other. */
function refusal(config: DeploymentConfig): ReturnType<Runtime['refusal']> {
  const what = 'A plain Deployment'
  if (config.mode === 'disaggregated')
    return {
      field: 'mode',
      message: `${what} cannot keep prefill and decode apart: nothing would hand requests from one to the other`,
      next: 'Use mode aggregated, or runtime dynamo or kserve-llm on a cluster that has it',
    }
  if (config.routerMode !== 'none')
    return {
      field: 'routerMode',
      message: `${what} has no router: its Service takes any replica`,
      next: 'Use routerMode none, or runtime dynamo (kv, round-robin) or kserve-llm (kv)',
    }
  const onlyDynamo = dynamoOnly(what, config)
  if (onlyDynamo) return onlyDynamo
  if ((config.nodesPerReplica ?? 1) > 1)
    return {
      field: 'nodesPerReplica',
      message: `${what} keeps a replica on one node`,
      next: 'Use nodesPerReplica 1, or runtime dynamo, kserve-llm or ray-service',
    }
  return undefined
}

/** An engine in a Deployment behind a Service: for clusters that have no operator for models. */
export const plain: Runtime = {
  id: 'plain',
  title: 'Deployment and Service',
  root: { group: 'apps', resource: 'deployments', kind: 'Deployment', versions: ['v1'] },
  alsoReads: [{ group: 'apps', resource: 'statefulsets', kind: 'StatefulSet', versions: ['v1'] }],
  engines: ['vllm', 'sglang', 'trtllm'],
  defaultImage: plainImage,
  access: [
    { verbs: ['get', 'list', 'create', 'patch'], group: 'apps', resource: 'deployments' },
    { verbs: ['get', 'list'], group: 'apps', resource: 'statefulsets' },
    { verbs: ['get', 'list', 'create', 'patch'], group: '', resource: 'services' },
    { verbs: ['get', 'list', 'create', 'patch'], group: 'autoscaling', resource: 'horizontalpodautoscalers' },
  ],
  refusal,
  manifests: plainManifests,
  read: readPlain,
  change: plainChange,
}
