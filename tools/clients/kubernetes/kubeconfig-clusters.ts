import type { Surroundings } from '../secret.ts'
import { kubeconfigFiles } from './kubeconfig-files.ts'

/** A cluster as the configuration has it, made from one kubeconfig context. */
export interface KubeconfigClusterEntry {
  name: string
  displayName: string
  kubernetes: { kubeconfig: string; context: string }
}

/** `arn:aws:eks:eu-1:123:cluster/GPU_East` → `arn-aws-eks-eu-1-123-cluster-gpu-east`: 3 to 63 of [a-z0-9-] (FLT-005). */
export function clusterNameOf(context: string): string {
  const plain = context
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(-63)
    .replace(/^-+|-+$/g, '')
  return plain.length >= 3 ? plain : `${plain === '' ? '' : `${plain}-`}cluster`
}

/** Every context of a kubeconfig (`path`, else KUBECONFIG, else ~/.kube/config) as a cluster; names unique, in the file's order. */
export async function loadKubeconfigClusters(
  path: string | undefined,
  env: Surroundings['env'],
): Promise<KubeconfigClusterEntry[]> {
  const files = kubeconfigFiles(path, env)
  const { readKubeconfig } = await import('./kubeconfig.ts')
  const { contexts } = await readKubeconfig(files)
  const taken = new Set<string>()
  return [...contexts.keys()].map((context) => {
    const base = clusterNameOf(context)
    let name = base
    for (let count = 2; taken.has(name); count += 1) name = `${base.slice(0, 60)}-${count}`
    taken.add(name)
    return { name, displayName: context, kubernetes: { kubeconfig: files.join(':'), context } }
  })
}
