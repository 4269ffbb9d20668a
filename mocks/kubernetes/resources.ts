import type { ClusterSpec } from '../world/fleet.ts'

/** A resource type as discovery tells it. `key` is the shelf it lies on in a cluster's store. */
export interface ResourceType {
  key: string
  group: string
  version: string
  plural: string
  singular: string
  kind: string
  namespaced: boolean
  shortNames: string[]
  subresources: string[]
  verbs: string[]
  /** Custom resources keep apiVersion and kind in list items; built-in ones do not. */
  custom: boolean
}

const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

/** group, version, plural, kind, namespaced, short names, subresources */
const BUILT_IN: [string, string, string, string, boolean, string, string][] = [
  ['', 'v1', 'configmaps', 'ConfigMap', true, 'cm', ''],
  ['', 'v1', 'endpoints', 'Endpoints', true, 'ep', ''],
  ['', 'v1', 'events', 'Event', true, 'ev', ''],
  ['', 'v1', 'limitranges', 'LimitRange', true, 'limits', ''],
  ['', 'v1', 'namespaces', 'Namespace', false, 'ns', 'status'],
  ['', 'v1', 'nodes', 'Node', false, 'no', 'status'],
  ['', 'v1', 'persistentvolumeclaims', 'PersistentVolumeClaim', true, 'pvc', 'status'],
  ['', 'v1', 'persistentvolumes', 'PersistentVolume', false, 'pv', 'status'],
  ['', 'v1', 'pods', 'Pod', true, 'po', 'exec log status eviction'],
  ['', 'v1', 'resourcequotas', 'ResourceQuota', true, 'quota', 'status'],
  ['', 'v1', 'secrets', 'Secret', true, '', ''],
  ['', 'v1', 'serviceaccounts', 'ServiceAccount', true, 'sa', ''],
  ['', 'v1', 'services', 'Service', true, 'svc', 'proxy status'],
  ['apps', 'v1', 'controllerrevisions', 'ControllerRevision', true, '', ''],
  ['apps', 'v1', 'daemonsets', 'DaemonSet', true, 'ds', 'status'],
  ['apps', 'v1', 'deployments', 'Deployment', true, 'deploy', 'scale status'],
  ['apps', 'v1', 'replicasets', 'ReplicaSet', true, 'rs', 'scale status'],
  ['apps', 'v1', 'statefulsets', 'StatefulSet', true, 'sts', 'scale status'],
  ['batch', 'v1', 'cronjobs', 'CronJob', true, 'cj', 'status'],
  ['batch', 'v1', 'jobs', 'Job', true, '', 'status'],
  ['autoscaling', 'v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', true, 'hpa', 'status'],
  ['policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget', true, 'pdb', 'status'],
  ['networking.k8s.io', 'v1', 'ingresses', 'Ingress', true, 'ing', 'status'],
  ['networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy', true, 'netpol', ''],
  ['storage.k8s.io', 'v1', 'storageclasses', 'StorageClass', false, 'sc', ''],
  ['rbac.authorization.k8s.io', 'v1', 'clusterroles', 'ClusterRole', false, '', ''],
  ['rbac.authorization.k8s.io', 'v1', 'clusterrolebindings', 'ClusterRoleBinding', false, '', ''],
  ['rbac.authorization.k8s.io', 'v1', 'roles', 'Role', true, '', ''],
  ['rbac.authorization.k8s.io', 'v1', 'rolebindings', 'RoleBinding', true, '', ''],
  ['apiextensions.k8s.io', 'v1', 'customresourcedefinitions', 'CustomResourceDefinition', false, 'crd', 'status'],
]

const DYNAMO: [string, string, string, string][] = [
  ['dynamographdeployments', 'DynamoGraphDeployment', 'dgd', 'status'],
  ['dynamocomponentdeployments', 'DynamoComponentDeployment', 'dcd', 'status'],
  ['dynamographdeploymentrequests', 'DynamoGraphDeploymentRequest', 'dgdr', 'status'],
  ['dynamographdeploymentscalingadapters', 'DynamoGraphDeploymentScalingAdapter', 'dgdsa', 'scale status'],
]

const RAY: [string, string, string, string][] = [
  ['rayclusters', 'RayCluster', '', 'status'],
  ['rayjobs', 'RayJob', '', 'status'],
  ['rayservices', 'RayService', '', 'status'],
]

/** group, version, plural, kind, short names, subresources */
const KSERVE: [string, string, string, string, string, string][] = [
  ['serving.kserve.io', 'v1beta1', 'inferenceservices', 'InferenceService', 'isvc', 'status'],
  ['serving.kserve.io', 'v1alpha2', 'llminferenceservices', 'LLMInferenceService', 'llmisvc', 'status'],
]

const KEDA: typeof KSERVE = [['keda.sh', 'v1alpha1', 'scaledobjects', 'ScaledObject', 'so', 'status']]

/** Operators of radio sites: precision time and SR-IOV. */
const CNF: [string, string, string, string, string][] = [
  ['ptp.openshift.io', 'ptpconfigs', 'PtpConfig', '', 'status'],
  ['sriovnetwork.openshift.io', 'sriovnetworknodepolicies', 'SriovNetworkNodePolicy', '', 'status'],
  ['sriovnetwork.openshift.io', 'sriovnetworknodestates', 'SriovNetworkNodeState', '', 'status'],
]

/** Resources one can only create: they answer and are not kept. */
export const REVIEWS = [
  ['authorization.k8s.io', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview'],
  ['authorization.k8s.io', 'selfsubjectrulesreviews', 'SelfSubjectRulesReview'],
  ['authentication.k8s.io', 'selfsubjectreviews', 'SelfSubjectReview'],
] as const

interface Row {
  group: string
  version: string
  plural: string
  kind: string
  namespaced: boolean
  shortNames: string
  subresources: string
  custom: boolean
}

function resourceType(row: Row): ResourceType {
  return {
    key: row.group ? `${row.plural}.${row.group}` : row.plural,
    group: row.group,
    version: row.version,
    plural: row.plural,
    singular: row.kind.toLowerCase(),
    kind: row.kind,
    namespaced: row.namespaced,
    shortNames: row.shortNames ? row.shortNames.split(' ') : [],
    subresources: row.subresources ? row.subresources.split(' ') : [],
    verbs: ALL_VERBS,
    custom: row.custom,
  }
}

export const METRICS_GROUP = 'metrics.k8s.io'

/** What a metrics server serves beside the API server; it can only be read. */
export const metricsTypes = (): ResourceType[] =>
  [
    ['pods', 'PodMetrics', true],
    ['nodes', 'NodeMetrics', false],
  ].map(([plural, kind, namespaced]) => ({
    ...resourceType({
      group: METRICS_GROUP,
      version: 'v1beta1',
      plural: String(plural),
      kind: String(kind),
      namespaced: Boolean(namespaced),
      shortNames: '',
      subresources: '',
      custom: false,
    }),
    singular: '',
    verbs: ['get', 'list'],
  }))

/** Everything a cluster serves: the built-in types and the custom ones of what is installed there. */
export function resourceTypes(spec: ClusterSpec): ResourceType[] {
  const builtIn = BUILT_IN.map(([group, version, plural, kind, namespaced, shortNames, subresources]) =>
    resourceType({ group, version, plural, kind, namespaced, shortNames, subresources, custom: false }),
  )
  const custom = (group: string, version: string, rows: typeof RAY) =>
    rows.map(([plural, kind, shortNames, subresources]) =>
      resourceType({ group, version, plural, kind, namespaced: true, shortNames, subresources, custom: true }),
    )
  return [
    ...builtIn,
    ...spec.dynamoVersions.flatMap((version) => custom('nvidia.com', version, DYNAMO)),
    ...(spec.kubeRay ? custom('ray.io', 'v1', RAY) : []),
    ...[...(spec.kserve ? KSERVE : []), ...(spec.keda ? KEDA : [])].flatMap(([group, version, ...row]) =>
      custom(group, version, [row]),
    ),
    ...(spec.pools.some(({ name }) => name === 'ran') ? CNF : []).flatMap(([group, ...row]) =>
      custom(group, 'v1', [row]),
    ),
  ]
}
