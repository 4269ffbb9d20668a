import { AUTOSCALERS } from './autoscalers.ts'
import type { Cluster } from './cluster.ts'
import type { Container, KubeObject, Pod, PodSpec, PodTemplate } from './kube-types.ts'
import { brokenPods, conditionsFrom, deploymentVerdict, keep, keepOnly, tell, type Verdict } from './operated.ts'

export const INFERENCE_SERVICE = 'inferenceservices.serving.kserve.io'

const STOP = 'serving.kserve.io/stop'
const INSTANCE = 'serving.kserve.io/inferenceservice'

/** A predictor: numbers of its own, and the rest is a pod spec; with `model` a serving runtime brings the container. */
interface Predictor extends Partial<PodSpec> {
  minReplicas?: number
  maxReplicas?: number
  scaleMetric?: string
  scaleTarget?: number
  labels?: Record<string, string>
  annotations?: Record<string, string>
  deploymentStrategy?: unknown
  model?: Partial<Container> & { storageUri?: string }
}

const predictorOf = (object: KubeObject) => (object.spec as { predictor: Predictor }).predictor

/** Whether somebody has stopped it by its annotation. */
export const isStopped = ({ metadata }: KubeObject): boolean => metadata.annotations?.[STOP] === 'true'

/** What KServe does for an InferenceService in Standard mode: a Deployment, its HPA, a Service, and the status. */
export function reconcileInferenceService(cluster: Cluster, object: KubeObject): void {
  const name = `${object.metadata.name}-predictor`
  const names = isStopped(object) ? [] : [name]
  if (!isStopped(object)) {
    keepDeployment(cluster, object, name)
    keepService(cluster, object, name)
    keepAutoscaler(cluster, object, name)
  }
  for (const resource of ['deployments.apps', 'services', AUTOSCALERS]) keepOnly(cluster, object, { resource, names })
  tell(cluster, INFERENCE_SERVICE, { object, status: statusOf(cluster, object, name) })
}

const boundsOf = ({ minReplicas = 1, maxReplicas = 0 }: Predictor) => {
  // Without Knative there is no scaling to nothing
  const min = Math.max(1, minReplicas)
  return { min, max: Math.max(min, maxReplicas) }
}

function keepDeployment(cluster: Cluster, object: KubeObject, name: string) {
  const { namespace } = object.metadata
  const now = cluster.store.get('deployments.apps', namespace, name)?.spec as { replicas?: number } | undefined
  const { min, max } = boundsOf(predictorOf(object))
  const labels = labelsOf(object, name)
  const spec = {
    // From then on the HPA leads
    replicas: Math.min(max, Math.max(min, now?.replicas ?? min)),
    selector: { matchLabels: { app: `isvc.${name}` } },
    strategy: predictorOf(object).deploymentStrategy ?? { type: 'RollingUpdate' },
    progressDeadlineSeconds: 600,
    template: { ...templateOf(object), metadata: { labels, annotations: annotationsOf(object) } },
  }
  const draft = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, labels }, spec }
  keep(cluster, object, { resource: 'deployments.apps', draft })
}

const labelsOf = (object: KubeObject, name: string): Record<string, string> => ({
  ...object.metadata.labels,
  ...predictorOf(object).labels,
  app: `isvc.${name}`,
  component: 'predictor',
  [INSTANCE]: object.metadata.name,
})

const annotationsOf = (object: KubeObject): Record<string, string> => ({
  ...predictorOf(object).annotations,
  'serving.kserve.io/deploymentMode': 'Standard',
})

/** What is no part of the pods. */
const SCALING = [
  'minReplicas',
  'maxReplicas',
  'scaleMetric',
  'scaleTarget',
  'labels',
  'annotations',
  'deploymentStrategy',
]

function templateOf(object: KubeObject): PodTemplate {
  const { model, containers = [], ...rest } = predictorOf(object)
  const pod = Object.fromEntries(Object.entries(rest).filter(([field]) => !SCALING.includes(field)))
  return { spec: { ...pod, containers: model ? [containerOf(object, model)] : containers } }
}

/** What the Hugging Face runtime makes of a model. */
function containerOf(
  { metadata }: KubeObject,
  { storageUri, args = [], ...model }: NonNullable<Predictor['model']>,
): Container {
  const source = storageUri?.startsWith('hf://') ? [`--model_id=${idOf(storageUri)}`] : []
  const { env, resources } = model
  return {
    name: 'kserve-container',
    image: model.image ?? 'kserve/huggingfaceserver:v0.20.0-gpu',
    args: [`--model_name=${metadata.name}`, ...source, ...args],
    ports: [{ name: 'http1', containerPort: 8080 }],
    ...(env ? { env } : {}),
    ...(resources ? { resources } : {}),
  }
}

/** `hf://org/name:revision` → `org/name` */
export const idOf = (uri: string): string => uri.replace(/^hf:\/\//, '').replace(/:[^/:]*$/, '')

function keepService(cluster: Cluster, object: KubeObject, name: string) {
  const { containers } = templateOf(object).spec
  const targetPort = containers[0]?.ports?.[0]?.containerPort ?? 8080
  const spec = {
    type: 'ClusterIP',
    clusterIP: 'None',
    selector: { app: `isvc.${name}` },
    ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort }],
  }
  const draft = { apiVersion: 'v1', kind: 'Service', metadata: { name, labels: labelsOf(object, name) }, spec }
  keep(cluster, object, { resource: 'services', draft })
}

function keepAutoscaler(cluster: Cluster, object: KubeObject, name: string) {
  const predictor = predictorOf(object)
  const { min, max } = boundsOf(predictor)
  const target = { type: 'Utilization', averageUtilization: predictor.scaleTarget ?? 80 }
  const spec = {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
    minReplicas: min,
    maxReplicas: max,
    metrics: [{ type: 'Resource', resource: { name: predictor.scaleMetric ?? 'cpu', target } }],
  }
  const draft = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, labels: labelsOf(object, name) },
    spec,
  }
  keep(cluster, object, { resource: AUTOSCALERS, draft })
}

function statusOf(cluster: Cluster, object: KubeObject, name: string) {
  const { namespace } = object.metadata
  const stopped = isStopped(object)
  const { isUp, pods, reason, message } = deploymentVerdict(cluster, namespace, name)
  const ready = isUp && !stopped
  const state = ready ? 'True' : 'False'
  const wrong = stopped ? { reason: 'Stopped' } : ready ? {} : { reason, message }
  const verdicts: Verdict[] = [
    { type: 'IngressReady', status: state, ...(ready ? {} : { reason: stopped ? 'Stopped' : 'PredictorNotReady' }) },
    { type: 'PredictorReady', status: state, ...wrong },
    { type: 'Ready', status: state, ...wrong },
    { type: 'Stopped', status: stopped ? 'True' : 'False' },
  ]
  const host = `${object.metadata.name}-${namespace}.${cluster.spec.name}.example.com`
  return {
    observedGeneration: object.metadata.generation ?? 1,
    deploymentMode: 'Standard',
    conditions: conditionsFrom(cluster, object, verdicts),
    components: { predictor: ready ? { url: `http://${name}-${namespace}.${cluster.spec.name}.example.com` } : {} },
    ...(ready ? { url: `http://${host}`, address: { url: `http://${name}.${namespace}.svc.cluster.local` } } : {}),
    ...(stopped ? {} : { modelStatus: modelStatus(pods, ready) }),
  }
}

/** Whether the model is loaded, as the pods have it: one that died at loading is told with its exit code. */
function modelStatus(pods: readonly Pod[], ready: boolean) {
  const broken = brokenPods(pods)
  const copies = { failedCopies: broken.length, totalCopies: pods.length }
  if (ready)
    return { copies, states: { activeModelState: 'Loaded', targetModelState: 'Loaded' }, transitionStatus: 'UpToDate' }
  const ended = broken[0]?.status.containerStatuses?.[0]?.lastState.terminated
  if (!ended)
    return { copies, states: { activeModelState: '', targetModelState: 'Pending' }, transitionStatus: 'InProgress' }
  return {
    copies,
    states: { activeModelState: '', targetModelState: 'FailedToLoad' },
    transitionStatus: 'BlockedByFailedLoad',
    lastFailureInfo: { reason: 'ModelLoadFailed', message: String(ended.reason ?? 'Error'), exitCode: ended.exitCode },
  }
}
