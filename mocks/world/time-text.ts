/** Kubernetes' time format: RFC 3339 in whole seconds. */
export function kubeTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`
}
