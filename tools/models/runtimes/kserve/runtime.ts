import type { DeploymentConfig } from '../../config.ts'
import { engineOf } from '../shared/command-line.ts'
import { plainImage } from '../shared/engine-command.ts'
import { countOf, listOf, recordOf } from '../shared/read.ts'
import { dynamoOnly, nameRefusal } from '../shared/refusals.ts'
import type { Runtime, RuntimeChange } from '../types.ts'
import { inferenceService } from './manifests.ts'
import { readInferenceService } from './read.ts'

const what = 'A KServe InferenceService'
/** `<name>-predictor` is a Service */
const longestName = 53

function refusal(config: DeploymentConfig): ReturnType<Runtime['refusal']> {
  if (config.mode === 'disaggregated')
    return {
      field: 'mode',
      message: `${what} keeps prefill and decode together`,
      next: 'Use mode aggregated, or runtime kserve-llm or dynamo',
    }
  if (config.routerMode !== 'none')
    return {
      field: 'routerMode',
      message: `${what} has no router of requests`,
      next: 'Use routerMode none, or runtime kserve-llm or dynamo',
    }
  if ((config.nodesPerReplica ?? 1) > 1)
    return {
      field: 'nodesPerReplica',
      message: `${what} with an engine of its own keeps a replica on one node`,
      next: 'Use nodesPerReplica 1, or runtime kserve-llm, dynamo or ray-service',
    }
  return dynamoOnly(what, config) ?? nameRefusal('an InferenceService', config, longestName)
}

const change: RuntimeChange = {
  access: [],
  async lever({ kind, object, component }) {
    const { namespace = '', name } = object.metadata
    const predictor = recordOf(recordOf(object.spec).predictor)
    const min = countOf(predictor.minReplicas) ?? 1
    const max = countOf(predictor.maxReplicas) ?? min
    return {
      title: `${component.name} of InferenceService ${namespace}/${name}`,
      kind,
      object,
      replicas: min,
      ...(max > min && { bounds: { min, max } }),
      targets: [{ kind: 'Deployment', name: `${name}-predictor` }],
      body: (wanted) => ({ spec: { predictor: { minReplicas: wanted.min, maxReplicas: wanted.max } } }),
    }
  },
  workers(object) {
    const predictor = recordOf(recordOf(object.spec).predictor)
    const index = listOf(predictor.containers).findIndex((one) => engineOf(one) !== undefined)
    const place = ['spec', 'predictor']
    const container = index >= 0 ? [...place, 'containers', index] : predictor.model ? [...place, 'model'] : undefined
    if (!container) return []
    const gpus = [...container, 'resources', 'limits', 'nvidia.com/gpu']
    return [{ component: 'predictor', container, gpus, replicas: [...place, 'minReplicas'] }]
  },
}

/** KServe: an InferenceService in Standard mode with one of our engines as its predictor. */
export const kserve: Runtime = {
  id: 'kserve',
  title: 'KServe InferenceService',
  root: { group: 'serving.kserve.io', resource: 'inferenceservices', kind: 'InferenceService', versions: ['v1beta1'] },
  engines: ['vllm', 'sglang', 'trtllm'],
  defaultImage: plainImage,
  access: [{ verbs: ['get', 'list', 'create', 'patch'], group: 'serving.kserve.io', resource: 'inferenceservices' }],
  refusal,
  manifests: (config) => [inferenceService(config)],
  read: readInferenceService,
  change,
}
