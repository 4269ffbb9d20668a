import type { Access } from '#define'

const verbs: Access['verbs'] = ['get', 'list']
const of = (group: string, resources: string[]): Access[] => resources.map((resource) => ({ verbs, group, resource }))

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
  ...of('nvidia.com', ['*']),
  ...of('ray.io', ['*']),
]
