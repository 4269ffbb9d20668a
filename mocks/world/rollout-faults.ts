import type { Cluster } from './cluster.ts'
import { DGD } from './dynamo.ts'
import type { Pod } from './kube-types.ts'
import type { Lifecycle } from './lifecycle.ts'
import { requestOf } from './placement.ts'
import { appOf } from './pod-app.ts'
import { lasts, type Trouble, type TroubleKind } from './troubles.ts'

/** What keeps the workers of a served model from coming up, one that is not deployed yet too. */
export const ROLLOUT_FAULTS = ['load-oom', 'gated-download', 'image-pull', 'unschedulable'] as const
export type RolloutFault = (typeof ROLLOUT_FAULTS)[number]

const isRollout = (kind: TroubleKind): kind is RolloutFault => (ROLLOUT_FAULTS as readonly string[]).includes(kind)

/** The one of these troubles that a pod has. Only workers have them: a frontend loads nothing. */
export function rolloutFaultOf(
  troubles: readonly Trouble[],
  pod: Pod,
  where: { cluster: string; atMs: number },
): RolloutFault | undefined {
  if (requestOf(pod.spec).gpus === 0) return undefined
  for (const trouble of troubles) {
    if (!isRollout(trouble.kind) || trouble.cluster !== where.cluster || !lasts(trouble, where.atMs)) continue
    if (trouble.namespace === pod.metadata.namespace && trouble.app === appOf(pod)) return trouble.kind
  }
  return undefined
}

/** Where it strikes: what was named, there or not; by default the first graph of the cluster. */
export function rolloutTarget(cluster: Cluster, { namespace, app }: { namespace?: string; app?: string }) {
  const graph = cluster.store
    .list(DGD)
    .find(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
  const name = app ?? graph?.metadata.name
  if (!name) throw new Error(`no served model in ${cluster.spec.name}`)
  return { cluster: cluster.spec.name, namespace: namespace ?? graph?.metadata.namespace ?? 'inference', app: name }
}

const workersOf = (cluster: Cluster, { namespace, app }: { namespace: string; app: string }): Pod[] =>
  cluster
    .pods()
    .filter((pod) => pod.metadata.namespace === namespace && appOf(pod) === app && requestOf(pod.spec).gpus > 0)

/** Engines that run die as they would at their next start; what stands before the start hits the pods that come instead. */
export function strikeRollout(
  cluster: Cluster,
  lifecycle: Lifecycle,
  { kind, ...target }: { kind: RolloutFault; namespace: string; app: string },
): void {
  for (const pod of workersOf(cluster, target)) {
    if (kind === 'load-oom' || kind === 'gated-download') lifecycle.strike(pod)
    else lifecycle.terminate(pod)
  }
}

export function healRollout(cluster: Cluster, lifecycle: Lifecycle, target: { namespace: string; app: string }): void {
  for (const pod of workersOf(cluster, target)) lifecycle.revive(pod)
}

/** What an engine says as it dies of one of these. Lines of vLLM v1 and huggingface_hub. */
export function lastWords(kind: TroubleKind, model: string): readonly string[] {
  if (kind === 'load-oom')
    return [
      `INFO [gpu_model_runner.py:2338] Starting to load model ${model}...`,
      'ERROR [core.py:708] EngineCore failed to start.',
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.18 GiB of which 1.02 GiB is free.',
    ]
  if (kind === 'gated-download')
    return [
      `INFO [model_loader.py:41] Downloading ${model}`,
      `huggingface_hub.errors.GatedRepoError: 403 Client Error. Cannot access gated repo for url https://huggingface.co/${model}/resolve/main/config.json.`,
      `Access to model ${model} is restricted and you are not in the authorized list. Visit https://huggingface.co/${model} to ask for access.`,
    ]
  return []
}
