import type { Access } from '#define'

type Verbs = Access['verbs']

const named: [string, string[]][] = [
  [
    '',
    [
      'pods',
      'services',
      'configmaps',
      'persistentvolumeclaims',
      'serviceaccounts',
      'namespaces',
      'resourcequotas',
      'limitranges',
    ],
  ],
  ['apps', ['deployments', 'replicasets', 'statefulsets', 'daemonsets']],
  ['batch', ['jobs', 'cronjobs']],
  ['autoscaling', ['horizontalpodautoscalers']],
  ['policy', ['poddisruptionbudgets']],
  ['networking.k8s.io', ['ingresses', 'networkpolicies']],
]
const operators: [string, string][] = [
  ['nvidia.com', 'kinds of the GPU operator and of Dynamo: the next version may bring others'],
  ['ray.io', 'kinds of KubeRay: the next version may bring others'],
  ['serving.kserve.io', 'kinds of KServe: the next version may bring others'],
]

/**
 * What the tools that take any kind are shipped with: what applications are made of. Not roles, definitions, webhooks,
 * nodes and Secrets: who wants those changed from here grants it, and the refusal names the right that is missing.
 */
export const changeableKinds = (verbs: Verbs): Access[] => [
  ...named.flatMap(([group, resources]) => resources.map((resource): Access => ({ verbs, group, resource }))),
  ...operators.map(([group, unbounded]): Access => ({ verbs, group, resource: '*', unbounded })),
]
