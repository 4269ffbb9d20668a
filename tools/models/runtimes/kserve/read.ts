import type { KubeObject } from '../../../clients/kubernetes/types.ts'
import type { Engine } from '../../catalogue.ts'
import { argumentOf, type EngineWords, engineOf, wordsOf } from '../shared/command-line.ts'
import {
  conditionsOf,
  countOf,
  gpusOfPod,
  gpusOfResources,
  identityOf,
  isCurrent,
  listOf,
  recordOf,
  textOf,
} from '../shared/read.ts'
import type { ServedCondition, ServedDeployment } from '../types.ts'
import { instanceLabel } from './manifests.ts'

const formats: [RegExp, Engine][] = [
  [/vllm|hugging ?face|llm/i, 'vllm'],
  [/sglang/i, 'sglang'],
  [/tensorrt-?llm|trt-?llm/i, 'trtllm'],
]

interface Found extends Partial<EngineWords> {
  gpus: number
  /** Under which it answers the OpenAI API */
  path: string
}

/** A predictor that serves a language model: one of our engines in a container, or a model of such a format. */
function engineOfPredictor(predictor: Record<string, unknown>, name: string): Found | undefined {
  const engine = listOf(predictor.containers).flatMap((container) => engineOf(container) ?? [])[0]
  if (engine) return { ...engine, gpus: gpusOfPod(predictor), path: '/v1' }
  const model = recordOf(predictor.model)
  const format = textOf(recordOf(model.modelFormat).name) ?? ''
  const named = `${textOf(model.runtime) ?? ''} ${format}`
  const found = formats.findLast(([pattern]) => pattern.test(named))?.[1]
  if (found === undefined) return undefined
  const words = wordsOf(model)
  const uri = textOf(model.storageUri)
  const source = argumentOf(words, '--model-id', '--model') ?? (uri === undefined ? undefined : idOf(uri))
  const bundled = /hugging ?face/i.test(named) && !/vllm/i.test(named)
  return {
    engine: found,
    ...(source !== undefined && { model: source }),
    servedModelName: argumentOf(words, '--model-name', '--served-model-name') ?? name,
    gpus: gpusOfResources(model.resources),
    path: bundled ? '/openai/v1' : '/v1',
  }
}

/** `hf://org/name:revision` → `org/name`; another address stays as it is. */
export const idOf = (uri: string): string =>
  uri.startsWith('hf://') ? uri.slice('hf://'.length).replace(/:[^/:]*$/, '') : uri

/** An InferenceService of any way of writing it; undefined where it serves no language model. */
export function readInferenceService(cluster: string, object: KubeObject): ServedDeployment | undefined {
  const predictor = recordOf(recordOf(object.spec).predictor)
  const { name } = object.metadata
  const engine = engineOfPredictor(predictor, name)
  if (!engine) return undefined
  const conditions = conditionsOf(object.status)
  const state = stateOf(object, conditions)
  const status = recordOf(object.status)
  const { totalCopies, failedCopies } = recordOf(recordOf(status.modelStatus).copies)
  const replicas = countOf(predictor.minReplicas) ?? 1
  const copies = (countOf(totalCopies) ?? replicas) - (countOf(failedCopies) ?? 0)
  const url = textOf(status.url)
  return {
    ...identityOf(cluster, object),
    runtime: 'kserve',
    ...(engine.model !== undefined && { model: engine.model }),
    ...((engine.servedModelName ?? engine.model) !== undefined && {
      servedModelName: engine.servedModelName ?? engine.model!,
    }),
    ...(engine.engine && { engine: engine.engine }),
    mode: 'aggregated',
    ...state,
    conditions,
    components: [
      {
        name: 'predictor',
        role: 'worker',
        replicas,
        readyReplicas: state.phase === 'running' ? Math.max(0, copies) : 0,
        gpusPerReplica: engine.gpus,
      },
    ],
    endpoint: { service: `${name}-predictor`, port: 80, path: engine.path, ...(url !== undefined && { url }) },
    podSelector: `${instanceLabel}=${name}`,
  }
}

type State = Pick<ServedDeployment, 'phase' | 'reason' | 'message'>

const saying = (phase: State['phase'], reason: unknown, message: unknown): State => ({
  phase,
  ...(textOf(reason) !== undefined && { reason: textOf(reason)! }),
  ...(textOf(message) !== undefined && { message: textOf(message)! }),
})

function stateOf(object: KubeObject, conditions: ServedCondition[]): State {
  const { deletionTimestamp, annotations } = object.metadata
  if (deletionTimestamp) return { phase: 'terminating' }
  if (annotations?.['serving.kserve.io/stop'] === 'true')
    return { phase: 'pending', reason: 'Stopped', message: 'The service is stopped by its annotation' }
  const { transitionStatus, lastFailureInfo } = recordOf(recordOf(object.status).modelStatus)
  const { reason, message } = recordOf(lastFailureInfo)
  if (transitionStatus === 'BlockedByFailedLoad' || transitionStatus === 'InvalidSpec')
    return saying('failed', textOf(reason) ?? transitionStatus, message)
  const ready = conditions.find(({ type }) => type === 'Ready')
  if (ready?.status === 'True' && isCurrent(object)) return { phase: 'running' }
  const wrong = conditions.find(({ type, status }) => type === 'PredictorReady' && status === 'False') ?? ready
  if (wrong?.status === 'False' && /ProgressDeadlineExceeded|RevisionFailed|ReconcileFailed/.test(wrong.reason ?? ''))
    return saying('failed', wrong.reason, wrong.message)
  return saying(conditions.length > 0 ? 'deploying' : 'pending', wrong?.reason, wrong?.message)
}
