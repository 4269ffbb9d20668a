import type { KubeObject } from './kube-types.ts'

/** The application a pod belongs to, by the labels people use for it. */
export function appOf(pod: KubeObject): string {
  const labels = pod.metadata.labels ?? {}
  return (
    labels['nvidia.com/dynamo-graph-deployment-name'] ??
    labels['ray.io/cluster'] ??
    labels.app ??
    labels['app.kubernetes.io/name'] ??
    labels.component ??
    pod.metadata.name
  )
}
