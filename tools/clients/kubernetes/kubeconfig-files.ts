import path from 'node:path'

/** Files of a kubeconfig setting: `a:b` is two. Default: KUBECONFIG, then ~/.kube/config. */
export function kubeconfigFiles(
  setting: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const chosen = setting ?? env.KUBECONFIG ?? path.join(env.HOME ?? '/', '.kube', 'config')
  return chosen.split(path.delimiter).filter((file) => file !== '')
}
