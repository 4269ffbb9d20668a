import type { Cluster } from './cluster.ts'
import { idOf, isStopped } from './kserve.ts'
import type { Container, KubeObject, PodSpec } from './kube-types.ts'
import { conditionsFrom, deploymentVerdict, keep, keepOnly, tell, type Verdict } from './operated.ts'

export const LLM_INFERENCE_SERVICE = 'llminferenceservices.serving.kserve.io'

const PRESET_IMAGE = 'ghcr.io/llm-d/llm-d-cuda:v0.5.1'
const SCHEDULER_IMAGE = 'ghcr.io/llm-d/llm-d-inference-scheduler:v0.5.0'

interface Workload {
  replicas?: number
  scaling?: { minReplicas?: number; maxReplicas: number }
  parallelism?: { pipeline?: number; data?: number; dataLocal?: number }
  labels?: Record<string, string>
  template?: Partial<PodSpec>
  worker?: Partial<PodSpec>
}

interface LlmSpec extends Workload {
  model: { uri: string; name?: string }
  prefill?: Workload
  router?: { scheduler?: object; route?: object; gateway?: object }
}

const specOf = (object: KubeObject) => object.spec as unknown as LlmSpec

/** The model that a service serves, and under which name. */
export function servedByLlm(object: KubeObject): { model: string; servedName: string } {
  const { uri, name = object.metadata.name } = specOf(object).model
  return { model: uri.startsWith('hf://') ? idOf(uri) : name, servedName: name }
}

type Role = 'both' | 'decode' | 'prefill'

interface Part {
  name: string
  role: Role | 'scheduler'
  component: string
  replicas: number
  /** What its verdict is called */
  condition: string
  workload: Workload
  pod: Partial<PodSpec> | undefined
}

/** What KServe does for an LLMInferenceService: a Deployment for each part, a Service before those that answer, and the status. */
export function reconcileLlmInferenceService(cluster: Cluster, object: KubeObject): void {
  const parts = isStopped(object) ? [] : partsOf(object)
  for (const part of parts) keepDeployment(cluster, object, part)
  keepOnly(cluster, object, { resource: 'deployments.apps', names: parts.map(({ name }) => name) })
  const service = `${object.metadata.name}-kserve-workload-svc`
  if (parts.length > 0) keepService(cluster, object, service)
  keepOnly(cluster, object, { resource: 'services', names: parts.length > 0 ? [service] : [] })
  tell(cluster, LLM_INFERENCE_SERVICE, { object, status: statusOf(cluster, object, parts) })
}

const replicasOf = ({ replicas, scaling }: Workload) => replicas ?? scaling?.minReplicas ?? 1

/** Pods of a group beside its leader: one for each further stage of the pipeline, or share of the data ranks. */
const furtherOf = ({ parallelism: { pipeline, data = 2, dataLocal = 1 } = {} }: Workload) =>
  Math.max(1, (pipeline ?? Math.ceil(data / dataLocal)) - 1)

function partsOf(object: KubeObject): Part[] {
  const spec = specOf(object)
  const base = `${object.metadata.name}-kserve`
  const component = 'llminferenceservice-workload'
  const group = (workload: Workload, at: { name: string; role: Role; condition: string }): Part[] => {
    const replicas = replicasOf(workload)
    const leader = { ...at, component, replicas, workload, pod: workload.template }
    if (!workload.worker) return [leader]
    const name = `${at.name}-mn`
    const further = { name, role: at.role, component: `${component}-worker`, condition: 'WorkerWorkloadReady' }
    return [leader, { ...further, replicas: replicas * furtherOf(workload), workload, pod: workload.worker }]
  }
  return [
    ...group(spec, { name: base, role: spec.prefill ? 'decode' : 'both', condition: 'MainWorkloadReady' }),
    ...(spec.prefill
      ? group(spec.prefill, { name: `${base}-prefill`, role: 'prefill', condition: 'PrefillWorkloadReady' })
      : []),
    ...(spec.router?.scheduler ? [schedulerOf(base)] : []),
  ]
}

const schedulerOf = (base: string): Part => {
  const resources = { requests: { cpu: '250m', memory: '512Mi' }, limits: { memory: '512Mi' } }
  return {
    name: `${base}-router-scheduler`,
    role: 'scheduler',
    component: 'llminferenceservice-router-scheduler',
    replicas: 1,
    condition: 'SchedulerWorkloadReady',
    workload: {},
    pod: { containers: [{ name: 'main', image: SCHEDULER_IMAGE, args: ['--pool-name', base], resources }] },
  }
}

const selectorOf = (object: KubeObject, { role, component }: Pick<Part, 'role' | 'component'>) => ({
  'app.kubernetes.io/component': component,
  'app.kubernetes.io/name': object.metadata.name,
  'app.kubernetes.io/part-of': 'llminferenceservice',
  'llm-d.ai/role': role,
})

function keepDeployment(cluster: Cluster, object: KubeObject, part: Part) {
  const { name, replicas, workload } = part
  const selector = selectorOf(object, part)
  const labels = { ...workload.labels, ...selector }
  const containers = (part.pod?.containers ?? [{ name: 'main', image: PRESET_IMAGE }]).map((one) =>
    one.name === 'main' && part.role !== 'scheduler' ? withPreset(object, one) : one,
  )
  const spec = {
    replicas,
    selector: { matchLabels: selector },
    progressDeadlineSeconds: 600,
    template: { metadata: { labels }, spec: { ...part.pod, containers } },
  }
  const draft = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, labels }, spec }
  keep(cluster, object, { resource: 'deployments.apps', draft })
}

/** The preset brings program, weights and port; what the service says of its container lies over it. */
function withPreset(object: KubeObject, container: Container): Container {
  const { servedName } = servedByLlm(object)
  return {
    ...container,
    image: container.image || PRESET_IMAGE,
    command: container.command ?? ['vllm', 'serve', '/mnt/models', '--served-model-name', servedName, '--port', '8000'],
    ports: container.ports ?? [{ name: 'http', containerPort: 8000 }],
  }
}

function keepService(cluster: Cluster, object: KubeObject, name: string) {
  const role = specOf(object).prefill ? 'decode' : 'both'
  const selector = selectorOf(object, { role, component: 'llminferenceservice-workload' })
  const spec = {
    type: 'ClusterIP',
    clusterIP: 'None',
    selector,
    ports: [{ name: 'http', port: 8000, protocol: 'TCP', targetPort: 8000 }],
  }
  const draft = { apiVersion: 'v1', kind: 'Service', metadata: { name, labels: selector }, spec }
  keep(cluster, object, { resource: 'services', draft })
}

function statusOf(cluster: Cluster, object: KubeObject, parts: readonly Part[]) {
  const { namespace, name } = object.metadata
  const found = parts.map((part) => ({ part, verdict: deploymentVerdict(cluster, namespace, part.name) }))
  const isUp = found.length > 0 && found.every(({ verdict }) => verdict.isUp)
  const wrong = found.find(({ verdict }) => !verdict.isUp)?.verdict
  const why = isUp ? {} : { reason: wrong?.reason ?? 'Stopped', message: wrong?.message }
  const state = isUp ? ('True' as const) : ('False' as const)
  const routed: Verdict[] = specOf(object).router
    ? ['GatewaysReady', 'HTTPRoutesReady', ...(specOf(object).router?.scheduler ? ['InferencePoolReady'] : [])].map(
        (type) => ({ type, status: 'True' }),
      )
    : []
  const verdicts: Verdict[] = [
    { type: 'PresetsCombined', status: 'True' },
    ...found.map(
      ({ part, verdict: { isUp: up, reason, message } }): Verdict => ({
        ...{ type: part.condition, status: up ? 'True' : 'False', reason, message },
      }),
    ),
    { type: 'WorkloadsReady', status: state, ...why },
    ...routed,
    { type: 'RouterReady', status: 'True' },
    { type: 'Ready', status: state, ...why },
  ]
  const address = `http://${name}-kserve-workload-svc.${namespace}.svc.cluster.local:8000`
  const url = specOf(object).router ? `http://gateway.${cluster.spec.name}.example.com/${namespace}/${name}` : address
  return {
    observedGeneration: object.metadata.generation ?? 1,
    conditions: conditionsFrom(cluster, object, verdicts),
    workloads: workloadsOf(found),
    ...(isUp ? { url, addresses: [...new Set([url, address])].map((one) => ({ url: one })) } : {}),
  }
}

const KEY_OF: Record<Part['role'], string> = {
  both: 'primary',
  decode: 'primary',
  prefill: 'prefill',
  scheduler: 'scheduler',
}

/** By the leaders of groups: their workers are counted with them. */
function workloadsOf(found: readonly { part: Part; verdict: { ready: number } }[]) {
  const leaders = found.filter(({ part }) => part.condition !== 'WorkerWorkloadReady')
  return Object.fromEntries(
    leaders.map(({ part, verdict }) => [
      KEY_OF[part.role],
      { apiGroup: 'apps', kind: 'Deployment', name: part.name, readyReplicas: verdict.ready },
    ]),
  )
}
