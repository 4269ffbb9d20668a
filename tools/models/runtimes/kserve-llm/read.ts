import type { KubeObject } from '../../../clients/kubernetes/types.ts'
import { idOf } from '../kserve/read.ts'
import { conditionsOf, countOf, gpusOfPod, identityOf, isCurrent, recordOf, textOf } from '../shared/read.ts'
import type { ServedComponent, ServedCondition, ServedDeployment } from '../types.ts'

type Condition = ServedCondition | undefined

/** An LLMInferenceService; what its presets add stands in no field of it, so it is vLLM unless its image says otherwise. */
export function readLlmInferenceService(cluster: string, object: KubeObject): ServedDeployment {
  const spec = recordOf(object.spec)
  const { name } = object.metadata
  const conditions = conditionsOf(object.status)
  const status = recordOf(object.status)
  const uri = textOf(recordOf(spec.model).uri)
  const served = textOf(recordOf(spec.model).name) ?? name
  const condition = (type: string): Condition => conditions.find((one) => one.type === type)
  const workloads = recordOf(status.workloads)
  const url = textOf(status.url)
  return {
    ...identityOf(cluster, object),
    runtime: 'kserve-llm',
    ...(uri !== undefined && { model: uri.startsWith('pvc://') ? served : idOf(uri) }),
    servedModelName: served,
    engine: 'vllm',
    mode: spec.prefill === undefined ? 'aggregated' : 'disaggregated',
    ...stateOf(object, condition),
    conditions,
    components: componentsOf(spec, { workloads, condition }),
    endpoint: {
      service: `${name}-kserve-workload-svc`,
      port: 8000,
      path: '/v1',
      ...(url !== undefined && { url }),
    },
    podSelector: `app.kubernetes.io/name=${name},app.kubernetes.io/part-of=llminferenceservice`,
  }
}

interface Known {
  workloads: Record<string, unknown>
  condition: (type: string) => Condition
}

function componentsOf(spec: Record<string, unknown>, { workloads, condition }: Known): ServedComponent[] {
  const one = (
    component: Pick<ServedComponent, 'name' | 'role'>,
    from: Record<string, unknown>,
    known: { workload: unknown; ready: Condition },
  ): ServedComponent => {
    const replicas = countOf(from.replicas) ?? countOf(recordOf(from.scaling).minReplicas) ?? 1
    const ready = countOf(recordOf(known.workload).readyReplicas) ?? (known.ready?.status === 'True' ? replicas : 0)
    return { ...component, replicas, readyReplicas: ready, gpusPerReplica: gpusOf(from) }
  }
  const ready = condition('MainWorkloadReady') ?? condition('WorkloadsReady') ?? condition('Ready')
  const split = spec.prefill !== undefined
  const main = one({ name: split ? 'decode' : 'main', role: split ? 'decode' : 'worker' }, spec, {
    workload: workloads.primary,
    ready,
  })
  if (!split) return [main]
  const prefill = one({ name: 'prefill', role: 'prefill' }, recordOf(spec.prefill), {
    workload: workloads.prefill,
    ready: condition('PrefillWorkloadReady') ?? condition('Ready'),
  })
  return [main, prefill]
}

/** A group of nodes is a leader and its workers: as many as the pipeline has stages, or as its data ranks need. */
function gpusOf(workload: Record<string, unknown>): number {
  const leader = gpusOfPod(workload.template)
  const { tensor, pipeline, data, dataLocal } = recordOf(workload.parallelism)
  if (workload.worker === undefined) return leader || (countOf(tensor) ?? 0) * (countOf(pipeline) ?? 1)
  const nodes = countOf(pipeline) ?? Math.ceil((countOf(data) ?? 2) / (countOf(dataLocal) ?? 1))
  return leader + gpusOfPod(workload.worker) * Math.max(1, nodes - 1)
}

type State = Pick<ServedDeployment, 'phase' | 'reason' | 'message'>

const because = (phase: State['phase'], condition: Condition): State => ({
  phase,
  ...(condition?.reason !== undefined && { reason: condition.reason }),
  ...(condition?.message !== undefined && { message: condition.message }),
})

function stateOf(object: KubeObject, condition: (type: string) => Condition): State {
  const { deletionTimestamp, annotations } = object.metadata
  if (deletionTimestamp) return { phase: 'terminating' }
  if (annotations?.['serving.kserve.io/stop'] === 'true')
    return { phase: 'pending', reason: 'Stopped', message: 'The service is stopped by its annotation' }
  const presets = condition('PresetsCombined')
  if (presets?.status === 'False') return because('failed', presets)
  const parts = ['MainWorkloadReady', 'PrefillWorkloadReady', 'WorkerWorkloadReady', 'WorkloadsReady', 'RouterReady']
  const wrong = parts.map(condition).find((one) => one?.status === 'False')
  if (wrong?.reason === 'ProgressDeadlineExceeded') return because('failed', wrong)
  const ready = condition('Ready')
  if (ready?.status === 'True' && isCurrent(object)) return { phase: 'running' }
  return because(ready || wrong ? 'deploying' : 'pending', wrong ?? ready)
}
