import type { DeploymentConfig } from '../../config.ts'
import { countOf, listOf, recordOf } from '../shared/read.ts'
import { dynamoOnly, nameRefusal } from '../shared/refusals.ts'
import type { Runtime, RuntimeChange } from '../types.ts'
import { llmInferenceService } from './manifests.ts'
import { readLlmInferenceService } from './read.ts'

const what = 'A KServe LLMInferenceService'
/** `<name>-kserve-workload-svc` is a Service; a longer name would be cut and hashed */
const longestName = 43
/** The preset hands arguments to a shell. */
const shellSafe = /^[\w./:=,@%+-]+$/

function refusal(config: DeploymentConfig): ReturnType<Runtime['refusal']> {
  const { engine, engineArgs, servedModelName, storage, nodesPerReplica = 1, pipelineParallel = 1 } = config
  if (engine !== 'vllm')
    return {
      field: 'engine',
      message: `${what} runs vLLM (its presets are made for it)`,
      next: 'Use engine vllm, or runtime kserve, dynamo or plain',
    }
  if (!engineArgs.every((word) => shellSafe.test(word)))
    return {
      field: 'engineArgs',
      message: `${what} hands its arguments to a shell: blanks, quotes and braces would be lost`,
      next: 'Leave those out, or use runtime dynamo or plain',
    }
  if (!shellSafe.test(servedModelName))
    return {
      field: 'servedModelName',
      message: `${what} hands the name to a shell`,
      next: 'Use letters, digits and ./:=,@%+-_',
    }
  if (storage && storage.path === undefined)
    return {
      field: 'storage',
      message: `${what} loads weights itself: a claim to keep downloads in is not used`,
      next: 'Give storage.path (a folder of the claim with the weights), or use runtime plain or dynamo',
    }
  if (nodesPerReplica > 1 && pipelineParallel !== nodesPerReplica)
    return {
      field: 'nodesPerReplica',
      message: `${what} puts one stage of a pipeline on each node`,
      next: `Use pipelineParallel ${nodesPerReplica} with nodesPerReplica ${nodesPerReplica}, or runtime dynamo`,
    }
  return dynamoOnly(what, config) ?? nameRefusal('an LLMInferenceService', config, longestName)
}

/** The object has no scale subresource: its numbers are patched. */
const change: RuntimeChange = {
  access: [],
  async lever({ kind, object, component }) {
    const { namespace = '', name } = object.metadata
    const spec = recordOf(object.spec)
    const isPrefill = component.role === 'prefill'
    const workload = isPrefill ? recordOf(spec.prefill) : spec
    const { minReplicas, maxReplicas } = recordOf(workload.scaling)
    const max = countOf(maxReplicas)
    const bounds = max === undefined ? undefined : { min: countOf(minReplicas) ?? 1, max }
    const wrapped = (part: Record<string, unknown>) => ({ spec: isPrefill ? { prefill: part } : part })
    return {
      title: `${component.name} of LLMInferenceService ${namespace}/${name}`,
      kind,
      object,
      replicas: countOf(workload.replicas) ?? bounds?.min ?? 1,
      ...(bounds && { bounds }),
      targets: [{ kind: 'Deployment', name: `${name}-kserve${isPrefill ? '-prefill' : ''}` }],
      body: (wanted) =>
        wrapped(bounds ? { scaling: { minReplicas: wanted.min, maxReplicas: wanted.max } } : { replicas: wanted.min }),
    }
  },
  workers(object) {
    const spec = recordOf(object.spec)
    const place = (component: string, from: readonly string[], workload: Record<string, unknown>) => {
      const index = listOf(recordOf(workload.template).containers).findIndex((one) => recordOf(one).name === 'main')
      if (index < 0) return []
      const container = ['spec', ...from, 'template', 'containers', index]
      const gpus = [...container, 'resources', 'limits', 'nvidia.com/gpu']
      return [{ component, container, gpus, replicas: ['spec', ...from, 'replicas'] }]
    }
    const split = spec.prefill !== undefined
    return [
      ...place(split ? 'decode' : 'main', [], spec),
      ...(split ? place('prefill', ['prefill'], recordOf(spec.prefill)) : []),
    ]
  },
}

/** KServe's service for language models: llm-d underneath, with its own router and prefill apart. */
export const kserveLlm: Runtime = {
  id: 'kserve-llm',
  title: 'KServe LLMInferenceService',
  root: {
    group: 'serving.kserve.io',
    resource: 'llminferenceservices',
    kind: 'LLMInferenceService',
    versions: ['v1alpha2', 'v1alpha1'],
  },
  engines: ['vllm'],
  // The image of the presets: it brings NIXL, which prefill and decode talk through
  defaultImage: () => 'ghcr.io/llm-d/llm-d-cuda:v0.5.1',
  access: [{ verbs: ['get', 'list', 'create', 'patch'], group: 'serving.kserve.io', resource: 'llminferenceservices' }],
  refusal,
  manifests: (config, version) => [llmInferenceService(config, version)],
  read: readLlmInferenceService,
  change,
}
