import type { Access } from '#define'

const verbs: Access['verbs'] = ['get', 'list']
const of = (group: string, resources: string[]): Access[] => resources.map((resource) => ({ verbs, group, resource }))
/** Every kind of an operator: the next version may bring others. */
const every = (group: string, unbounded: string): Access => ({ verbs, group, resource: '*', unbounded })

/** What reading tools may read. Secrets are not among them: who wants them read must grant it. */
export const readableKinds: readonly Access[] = [
  ...of('', ['pods', 'nodes', 'namespaces', 'events', 'services', 'endpoints', 'configmaps', 'serviceaccounts']),
  ...of('', ['persistentvolumeclaims', 'persistentvolumes', 'resourcequotas', 'limitranges', 'replicationcontrollers']),
  ...of('apps', ['deployments', 'replicasets', 'statefulsets', 'daemonsets']),
  ...of('batch', ['jobs', 'cronjobs']),
  ...of('autoscaling', ['horizontalpodautoscalers']),
  ...of('policy', ['poddisruptionbudgets']),
  ...of('networking.k8s.io', ['ingresses', 'networkpolicies']),
  ...of('discovery.k8s.io', ['endpointslices']),
  ...of('storage.k8s.io', ['storageclasses']),
  ...of('scheduling.k8s.io', ['priorityclasses']),
  ...of('resource.k8s.io', ['resourceclaims', 'resourceslices', 'deviceclasses']),
  every('nvidia.com', 'kinds of the GPU operator and of Dynamo, which hold no secrets'),
  every('ray.io', 'kinds of KubeRay, which hold no secrets'),
]
