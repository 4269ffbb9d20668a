import type { KubeObject } from './kube-types.ts'

/** The application a pod belongs to, by the labels people use for it. */
export function appOf(pod: KubeObject): string {
  const labels = pod.metadata.labels ?? {}
  return (
    labels['nvidia.com/dynamo-graph-deployment-name'] ??
    ofRayService(labels) ??
    labels['ray.io/cluster'] ??
    labels['serving.kserve.io/inferenceservice'] ??
    ofModel(labels) ??
    labels.app ??
    labels['app.kubernetes.io/name'] ??
    labels.component ??
    pod.metadata.name
  )
}

/** Clusters of a RayService come and go with its upgrades. */
const ofRayService = (labels: Record<string, string>) =>
  labels['ray.io/originated-from-crd'] === 'RayService' ? labels['ray.io/originated-from-cr-name'] : undefined

/** Deployments of models that were made by a product share their name and differ by their instance. */
const ofModel = (labels: Record<string, string>) =>
  labels['app.kubernetes.io/component'] === 'engine' || labels['app.kubernetes.io/part-of'] === 'llminferenceservice'
    ? (labels['app.kubernetes.io/instance'] ?? labels['app.kubernetes.io/name'])
    : undefined
