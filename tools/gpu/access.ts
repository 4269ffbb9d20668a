import type { Access } from '#define'

/** What reading GPUs takes of the Kubernetes API. Without the right to run nvidia-smi, DCGM alone is read, and the answer says so. */
export const gpuAccess: readonly Access[] = [
  { verbs: ['list', 'watch'], group: '', resource: 'nodes' },
  { verbs: ['list', 'watch'], group: '', resource: 'pods' },
  // A WebSocket begins as a GET; since 1.35 the API server asks for create too.
  { verbs: ['get', 'create'], group: '', resource: 'pods/exec' },
  { verbs: ['list'], group: 'resource.k8s.io', resource: 'resourceslices' },
  { verbs: ['list'], group: 'resource.k8s.io', resource: 'resourceclaims' },
  { verbs: ['list'], group: 'resource.nvidia.com', resource: 'computedomains' },
]
