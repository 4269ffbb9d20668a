import type { KubeObject } from '../../../clients/kubernetes/types.ts'
import type { DeploymentConfig } from '../../config.ts'
import type { Runtime } from '../types.ts'
import { autoscalers } from './autoscaling.ts'
import { dynamoChange } from './change.ts'
import { runtimeImage } from './names.ts'
import { readGraph } from './read.ts'
import { refusal } from './refusal.ts'
import { toV1alpha1 } from './v1alpha1.ts'
import { graphV1beta1, labelsOf } from './v1beta1.ts'

const graph = 'dynamographdeployments'

/** NVIDIA Dynamo: a DynamoGraphDeployment. */
export const dynamo: Runtime = {
  id: 'dynamo',
  title: 'NVIDIA Dynamo',
  root: { group: 'nvidia.com', resource: graph, kind: 'DynamoGraphDeployment', versions: ['v1beta1', 'v1alpha1'] },
  engines: ['vllm', 'sglang', 'trtllm'],
  defaultImage: runtimeImage,
  access: [
    { verbs: ['get', 'list', 'create', 'patch'], group: 'nvidia.com', resource: graph },
    { verbs: ['get', 'create', 'patch'], group: 'autoscaling', resource: 'horizontalpodautoscalers' },
  ],
  change: dynamoChange,
  refusal,
  manifests: (config, version) => [
    graphManifest(config, version),
    ...autoscalers(config, { version, labels: labelsOf(config) }),
  ],
  read: readGraph,
}

/** @throws ToolError invalid-request for what v1alpha1 has no place for */
function graphManifest(config: DeploymentConfig, version: string): KubeObject {
  const newest = graphV1beta1(config)
  return version === 'v1alpha1' ? toV1alpha1(newest) : newest
}
