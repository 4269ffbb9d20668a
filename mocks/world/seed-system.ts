import type { Boot } from './boot.ts'
import { BUDGETS } from './budgets.ts'
import type { Pod, Toleration } from './kube-types.ts'
import type { Lifecycle } from './lifecycle.ts'
import { requestOf } from './placement.ts'
import { podDraft } from './pod-build.ts'
import { podTemplate } from './templates.ts'
import { kubeTime } from './time-text.ts'

const DAY_MS = 86_400_000
const EVERYWHERE: Toleration[] = [{ operator: 'Exists' }]

/** namespace, name, image, cpu, memory */
const NODE_AGENTS: [string, string, string, string, string][] = [
  ['kube-system', 'kube-proxy', 'registry.k8s.io/kube-proxy:v1.36.2', '50m', '64Mi'],
  ['kube-system', 'cilium', 'quay.io/cilium/cilium:v1.18.3', '100m', '512Mi'],
  ['monitoring', 'node-exporter', 'quay.io/prometheus/node-exporter:v1.10.2', '50m', '64Mi'],
  ['logging', 'alloy', 'grafana/alloy:v1.11.3', '50m', '128Mi'],
]

const GPU_AGENTS: [string, string, string, string, string][] = [
  ['gpu-operator', 'nvidia-driver-daemonset', 'nvcr.io/nvidia/driver:580.95.05-ubuntu24.04', '50m', '256Mi'],
  ['gpu-operator', 'nvidia-container-toolkit-daemonset', 'nvcr.io/nvidia/k8s/container-toolkit:v1.18.0', '20m', '64Mi'],
  ['gpu-operator', 'nvidia-device-plugin-daemonset', 'nvcr.io/nvidia/k8s-device-plugin:v0.20.0', '20m', '64Mi'],
  ['gpu-operator', 'nvidia-dcgm-exporter', 'nvcr.io/nvidia/k8s/dcgm-exporter:4.6.0-4.9.0-distroless', '100m', '256Mi'],
  ['gpu-operator', 'gpu-feature-discovery', 'nvcr.io/nvidia/k8s-device-plugin:v0.20.0', '20m', '64Mi'],
  ['gpu-operator', 'nvidia-operator-validator', 'nvcr.io/nvidia/gpu-operator:v25.10.0', '10m', '32Mi'],
]

/** namespace, name, image, replicas, cpu, memory */
const SERVICES: [string, string, string, number, string, string][] = [
  ['kube-system', 'coredns', 'registry.k8s.io/coredns/coredns:v1.13.1', 2, '100m', '170Mi'],
  ['kube-system', 'metrics-server', 'registry.k8s.io/metrics-server/metrics-server:v0.8.0', 2, '100m', '200Mi'],
  [
    'monitoring',
    'kube-state-metrics',
    'registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.17.0',
    1,
    '100m',
    '256Mi',
  ],
  ['cert-manager', 'cert-manager', 'quay.io/jetstack/cert-manager-controller:v1.19.1', 1, '50m', '128Mi'],
  ['ingress', 'ingress-nginx-controller', 'registry.k8s.io/ingress-nginx/controller:v1.13.3', 2, '200m', '256Mi'],
]

/** The control plane, the agents on every node, and the services every cluster has. */
export function seedSystem(boot: Boot, lifecycle: Lifecycle): void {
  const { cluster } = boot
  const createdMs = cluster.bootMs - 35 * DAY_MS
  for (const [namespace, name, image, cpu, memory] of NODE_AGENTS) {
    const template = podTemplate({
      image,
      cpu,
      memory,
      container: name,
      labels: { app: name },
      tolerations: EVERYWHERE,
      hostNetwork: true,
    })
    boot.workload({ kind: 'DaemonSet', namespace, name, createdMs, template })
  }
  if (cluster.gpus.length > 0) {
    for (const [namespace, name, image, cpu, memory] of GPU_AGENTS) {
      const nodeSelector = { 'nvidia.com/gpu.present': 'true' }
      const template = podTemplate({
        image,
        cpu,
        memory,
        container: name,
        labels: { app: name },
        tolerations: EVERYWHERE,
        nodeSelector,
      })
      boot.workload({ kind: 'DaemonSet', namespace, name, createdMs, template })
    }
    seedService(
      boot,
      ['gpu-operator', 'gpu-operator', 'nvcr.io/nvidia/gpu-operator:v25.10.0', 1, '100m', '256Mi'],
      createdMs,
    )
  }
  for (const row of SERVICES) seedService(boot, row, createdMs)
  const stateful = (namespace: string, name: string, image: string, replicas: number) =>
    boot.workload({
      kind: 'StatefulSet',
      namespace,
      name,
      createdMs,
      replicas,
      template: podTemplate({ image, cpu: '500m', memory: '2Gi', container: name, labels: { app: name } }),
    })
  stateful('monitoring', 'prometheus', 'quay.io/prometheus/prometheus:v3.8.0', 2)
  stateful('monitoring', 'alertmanager', 'quay.io/prometheus/alertmanager:v0.34.0', 2)
  stateful('logging', 'loki', 'grafana/loki:3.7.6', 1)
  for (const [namespace, name, spec] of BUDGETS_AT_REST) seedBudget(boot, { namespace, name, spec, createdMs })
  if (cluster.spec.dynamoVersions.length > 0) {
    const image = `nvcr.io/nvidia/ai-dynamo/kubernetes-operator:${cluster.spec.dynamoVersions[0] === 'v1beta1' ? '1.6.0' : '1.1.0'}`
    seedService(boot, ['dynamo-system', 'dynamo-operator', image, 1, '200m', '512Mi'], createdMs)
  }
  if (cluster.spec.kubeRay) {
    seedService(
      boot,
      ['kuberay-system', 'kuberay-operator', 'quay.io/kuberay/operator:v1.7.0', 1, '100m', '512Mi'],
      createdMs,
    )
  }
  seedControlPlane(boot, lifecycle, createdMs)
}

/** One that lets a drain through step by step, and one that blocks it: a single pod that must always be there. */
const BUDGETS_AT_REST: [string, string, Record<string, number>][] = [
  ['monitoring', 'prometheus', { maxUnavailable: 1 }],
  ['logging', 'loki', { minAvailable: 1 }],
]

function seedBudget(
  { object }: Boot,
  budget: { namespace: string; name: string; spec: Record<string, number>; createdMs: number },
) {
  const { namespace, name, spec, createdMs } = budget
  object(BUDGETS, {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { namespace, name, creationTimestamp: kubeTime(createdMs) },
    spec: { ...spec, selector: { matchLabels: { app: name } } },
  })
}

function seedService(
  boot: Boot,
  [namespace, name, image, replicas, cpu, memory]: (typeof SERVICES)[number],
  createdMs: number,
) {
  const template = podTemplate({ image, cpu, memory, container: name, labels: { app: name } })
  boot.workload({ kind: 'Deployment', namespace, name, createdMs, replicas, template })
}

/** Static pods: kubelet owns them, so their owner is the node. */
function seedControlPlane({ cluster }: Boot, lifecycle: Lifecycle, createdMs: number) {
  for (const node of cluster.nodes()) {
    if (!('node-role.kubernetes.io/control-plane' in (node.metadata.labels ?? {}))) continue
    for (const component of ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd']) {
      const version = component === 'etcd' ? '3.6.5-0' : cluster.spec.kubernetesVersion
      const template = podTemplate({
        image: `registry.k8s.io/${component}:${version}`,
        container: component,
        cpu: '200m',
        memory: '512Mi',
        labels: { component, tier: 'control-plane' },
        nodeSelector: { 'kubernetes.io/hostname': node.metadata.name },
        tolerations: EVERYWHERE,
        hostNetwork: true,
      })
      const owner = {
        apiVersion: 'v1',
        kind: 'Node',
        name: node.metadata.name,
        uid: node.metadata.uid,
        controller: true,
      }
      const draft = podDraft({
        namespace: 'kube-system',
        name: `${component}-${node.metadata.name}`,
        template,
        createdMs,
        owner,
      })
      lifecycle.admit(cluster.store.put('pods', draft) as Pod)
    }
  }
}

/** Objects that are not workloads: quotas, config, secrets, services accounts, storage claims. */
export function seedObjects({ cluster, object }: Pick<Boot, 'cluster' | 'object'>): void {
  const creationTimestamp = kubeTime(cluster.bootMs - 30 * DAY_MS)
  const meta = (namespace: string, name: string) => ({ namespace, name, creationTimestamp })
  object('configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: meta('kube-system', 'coredns'),
    data: {
      Corefile:
        '.:53 {\n    errors\n    health\n    kubernetes cluster.local in-addr.arpa ip6.arpa\n    forward . /etc/resolv.conf\n    cache 30\n}\n',
    },
  })
  object('secrets', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: meta('inference', 'hf-token-secret'),
    type: 'Opaque',
    data: { HF_TOKEN: Buffer.from('hf_EXAMPLEexampleEXAMPLEexampleEXAMPLE').toString('base64') },
  })
  for (const row of CUSTOM_RESOURCES) seedDefinition({ cluster, object }, row)
  if (cluster.gpus.length > 0) {
    const used = cluster
      .pods()
      .filter((pod) => pod.metadata.namespace === 'research')
      .reduce((sum, pod) => sum + requestOf(pod.spec).gpus, 0)
    object('resourcequotas', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: meta('research', 'gpu-quota'),
      spec: { hard: { 'requests.nvidia.com/gpu': '64' } },
      status: { hard: { 'requests.nvidia.com/gpu': '64' }, used: { 'requests.nvidia.com/gpu': String(used) } },
    })
  }
}

/** group, plural, kind */
const CUSTOM_RESOURCES: [string, string, string][] = [
  ['nvidia.com', 'dynamographdeployments', 'DynamoGraphDeployment'],
  ['nvidia.com', 'dynamocomponentdeployments', 'DynamoComponentDeployment'],
  ['nvidia.com', 'dynamographdeploymentrequests', 'DynamoGraphDeploymentRequest'],
  ['nvidia.com', 'dynamographdeploymentscalingadapters', 'DynamoGraphDeploymentScalingAdapter'],
  ['ray.io', 'rayclusters', 'RayCluster'],
  ['ray.io', 'rayjobs', 'RayJob'],
  ['ray.io', 'rayservices', 'RayService'],
  ['serving.kserve.io', 'inferenceservices', 'InferenceService'],
  ['serving.kserve.io', 'llminferenceservices', 'LLMInferenceService'],
  ['keda.sh', 'scaledobjects', 'ScaledObject'],
]

function installedVersions({ spec }: Boot['cluster'], group: string, plural: string): string[] {
  if (group === 'ray.io') return spec.kubeRay ? ['v1'] : []
  if (group === 'keda.sh') return spec.keda ? ['v1alpha1'] : []
  if (group === 'nvidia.com') return spec.dynamoVersions
  return spec.kserve ? [plural === 'inferenceservices' ? 'v1beta1' : 'v1alpha2'] : []
}

/** The definition of a custom resource, without its schema, where the cluster has it installed. */
function seedDefinition(
  { cluster, object }: Pick<Boot, 'cluster' | 'object'>,
  [group, plural, kind]: [string, string, string],
) {
  const installed = installedVersions(cluster, group, plural)
  if (installed.length === 0) return
  const open = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  object('customresourcedefinitions.apiextensions.k8s.io', {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, creationTimestamp: kubeTime(cluster.bootMs - 30 * DAY_MS) },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: installed.map((name, index) => ({ name, served: true, storage: index === 0, schema: open })),
    },
    status: {
      storedVersions: [installed[0]],
      acceptedNames: { plural, kind },
      conditions: [{ type: 'Established', status: 'True', reason: 'InitialNamesAccepted' }],
    },
  })
}
