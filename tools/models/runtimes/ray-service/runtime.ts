import type { DeploymentConfig } from '../../config.ts'
import { countOf, listOf, recordOf } from '../shared/read.ts'
import { dynamoOnly, nameRefusal } from '../shared/refusals.ts'
import type { Runtime, RuntimeChange } from '../types.ts'
import { keywordsOf } from './engine-kwargs.ts'
import { defaultImage, rayService } from './manifests.ts'
import { readRayService } from './read.ts'
import { readServeConfig, withReplicas } from './serve-config.ts'

const what = 'Ray Serve LLM'
/** KubeRay stores a longer one and then refuses to work on it */
const longestName = 47

function refusal(config: DeploymentConfig): ReturnType<Runtime['refusal']> {
  if (config.engine !== 'vllm')
    return {
      field: 'engine',
      message: `${what} runs vLLM inside Ray's image`,
      next: 'Use engine vllm, or runtime dynamo, kserve or plain',
    }
  if (config.mode === 'disaggregated')
    return {
      field: 'mode',
      message: `${what} keeps prefill and decode together when it is written from here`,
      next: 'Use mode aggregated, or runtime dynamo or kserve-llm',
    }
  if (config.routerMode !== 'none')
    return {
      field: 'routerMode',
      message: `${what} chooses the less busy of two replicas, whatever is asked`,
      next: 'Use routerMode none, or runtime dynamo or kserve-llm',
    }
  if (keywordsOf(config.engineArgs) === undefined)
    return {
      field: 'engineArgs',
      message: `${what} takes options of the engine by name, and one of these words belongs to no option`,
      next: 'Write each as --name value or --name',
    }
  return dynamoOnly(what, config) ?? nameRefusal('a RayService', config, longestName)
}

/** Replicas stand in the text of the application, and the workers must have room for them. */
const change: RuntimeChange = {
  access: [],
  async lever({ kind, object }) {
    const { namespace = '', name } = object.metadata
    const spec = recordOf(object.spec)
    const text = typeof spec.serveConfigV2 === 'string' ? spec.serveConfigV2 : ''
    const llm = readServeConfig(text)
    const cluster = recordOf(spec.rayClusterConfig)
    const groups = listOf(cluster.workerGroupSpecs).map(recordOf)
    const before = Math.max(1, llm?.bounds?.max ?? llm?.replicas ?? 1)
    return {
      title: `application ${llm?.application ?? ''} of RayService ${namespace}/${name}`,
      kind,
      object,
      replicas: llm?.replicas ?? 1,
      ...(llm?.bounds && { bounds: llm.bounds }),
      targets: [],
      ...(groups.length !== 1 && {
        refusal: {
          message: `${name} has ${groups.length} groups of workers: which of them should grow is not known from here.`,
          next: `Change serveConfigV2 and the group in the RayService itself: get_resource`,
        },
      }),
      body: (wanted) => ({
        spec: {
          serveConfigV2: withReplicas(text, wanted),
          rayClusterConfig: {
            workerGroupSpecs: groups.map((group) => {
              const podsPerReplica = Math.max(1, Math.round((countOf(group.maxReplicas) ?? before) / before))
              const least = wanted.min * podsPerReplica
              return { ...group, replicas: least, minReplicas: least, maxReplicas: wanted.max * podsPerReplica }
            }),
          },
        },
      }),
    }
  },
  // Flags of the engine are members of a text, not words of a container
  workers: () => [],
}

/** Ray Serve LLM on a cluster that KubeRay makes: for teams that run Ray anyway. */
export const rayServiceRuntime: Runtime = {
  id: 'ray-service',
  title: 'RayService (Ray Serve LLM)',
  root: { group: 'ray.io', resource: 'rayservices', kind: 'RayService', versions: ['v1'] },
  engines: ['vllm'],
  defaultImage: () => defaultImage,
  access: [{ verbs: ['get', 'list', 'create', 'patch'], group: 'ray.io', resource: 'rayservices' }],
  refusal,
  manifests: (config) => [rayService(config)],
  read: readRayService,
  change,
}
