import { ToolError } from '#contract'
import type { Context } from '#define'
import type { KubeObject, KubernetesCluster, ResourceKind } from '../../clients/kubernetes/types.ts'
import { runtimeOf } from '../runtimes/index.ts'
import { findServed, servedKind } from '../runtimes/served.ts'
import type { Runtime, RuntimeChange, ServedDeployment } from '../runtimes/types.ts'

export type ChangeContext = Context<'fleet' | 'kubernetes' | 'serving', 'prices'>

/** A deployment that is to be changed, read just now. */
export interface Target {
  cluster: string
  client: KubernetesCluster
  deployment: ServedDeployment
  runtime: Runtime
  /** The kind and object that stand for it */
  kind: ResourceKind
  object: KubeObject
  /** DynamoGraphDeployment inference/chat */
  title: string
}

export interface Named {
  cluster: string
  name: string
  namespace?: string | undefined
}

/** @throws ToolError not-found with near names, invalid-input where several have the name */
export async function findDeployment(
  asked: Named,
  ctx: Pick<ChangeContext, 'scope' | 'clients' | 'signal'>,
): Promise<Target> {
  const [cluster] = ctx.scope([asked.cluster])
  const client = ctx.clients.kubernetes.for(cluster!)
  const { signal } = ctx
  const found = await findServed(client, { name: asked.name, namespace: asked.namespace, signal })
  const runtime = runtimeOf(found.runtime)!
  const root = [runtime.root, ...(runtime.alsoReads ?? [])].find((one) => one.kind === found.raw.kind) ?? runtime.root
  const kind = await servedKind(client, { root }, signal)
  if (!kind) throw gone(asked, cluster!)
  return readTarget({ cluster: cluster!, client, runtime, kind, name: found.name, namespace: found.namespace, signal })
}

/** Reads it once more, as it is now. */
export async function readTarget(
  parts: Pick<Target, 'cluster' | 'client' | 'runtime' | 'kind'> & {
    name: string
    namespace: string
    signal: AbortSignal
  },
): Promise<Target> {
  const { cluster, client, runtime, kind, name, namespace, signal } = parts
  const read = await client.get(kind, { name, namespace, signal })
  const apiVersion = kind.group ? `${kind.group}/${kind.version}` : kind.version
  const object = { ...read, apiVersion, kind: kind.kind }
  const deployment = runtime.read(cluster, object)
  if (!deployment) throw gone({ name }, cluster)
  return { cluster, client, deployment, runtime, kind, object, title: `${kind.kind} ${namespace}/${name}` }
}

const gone = ({ name }: { name: string }, cluster: string) =>
  new ToolError('not-found', `${name} on ${cluster} is gone`, {
    cluster,
    field: 'name',
    next: `list_deployments {"clusters":["${cluster}"]}`,
    changed: 'nothing',
  })

/** @throws ToolError not-configured where a runtime cannot be changed from here */
export function changeOf({ runtime, cluster, title }: Pick<Target, 'runtime' | 'cluster' | 'title'>): RuntimeChange {
  if (runtime.change) return runtime.change
  throw new ToolError('not-configured', `${runtime.title} deployments are not changed from here: ${title}`, {
    cluster,
    next: 'Change its manifest with apply_manifest',
    changed: 'nothing',
  })
}

export const refuse = (message: string, more: { cluster: string; next: string; field?: string }) =>
  new ToolError('invalid-request', message, { changed: 'nothing', ...more })

/** Who would set a change back, where the object says who keeps it: GitOps engines and Helm. */
export function keeperOf({ metadata }: KubeObject, keptBy?: string): string | undefined {
  const { labels = {}, annotations = {} } = metadata
  if (annotations['argocd.argoproj.io/tracking-id'] || labels['argocd.argoproj.io/instance']) return 'Argo CD'
  const flux = labels['kustomize.toolkit.fluxcd.io/name'] ?? labels['helm.toolkit.fluxcd.io/name']
  if (flux) return `Flux (${flux})`
  const release = annotations['meta.helm.sh/release-name']
  const manager = labels['app.kubernetes.io/managed-by'] ?? keptBy
  if (release || manager === 'Helm') return release ? `Helm (${release})` : 'Helm'
  return manager && !['quartermaster', 'kubectl'].some((one) => manager.toLowerCase().startsWith(one))
    ? manager
    : undefined
}
