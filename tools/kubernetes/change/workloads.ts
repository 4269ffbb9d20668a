import type { Fact } from '#contract'
import type { Access } from '#define'
import type { KubeObject, ResourceKind } from '../../clients/kubernetes/types.ts'
import { refuse, type Target } from './target.ts'

/** The kinds that keep pods by a template and replace them step by step. */
export const rolling = ['deployments', 'statefulsets', 'daemonsets']

/** Reading and patching them, and what one must look at beside. */
export const rollingAccess: readonly Access[] = [
  ...rolling.map((resource): Access => ({ verbs: ['get', 'list', 'patch'], group: 'apps', resource })),
  { verbs: ['list'], group: '', resource: 'pods' },
  { verbs: ['list'], group: '', resource: 'nodes' },
]

/** @throws invalid-request for kinds without a template that rolls, and for a Deployment that is paused */
export function needRolling({
  kind,
  object,
  title,
  cluster,
}: Pick<Target, 'kind' | 'object' | 'title' | 'cluster'>): void {
  if (kind.group !== 'apps' || !rolling.includes(kind.resource))
    throw refuse(`A ${kind.kind} does not roll out.`, {
      cluster,
      field: 'kind',
      next: 'Take a Deployment, StatefulSet or DaemonSet. A pod of a workload is replaced when it is deleted.',
    })
  if (object.spec?.paused === true)
    throw refuse(`${title} on ${cluster} is paused: nothing would roll out.`, {
      cluster,
      next: 'Resume it first: apply it with spec.paused false.',
    })
}

/** How many pods it wants now. */
export function wantedPods(kind: ResourceKind, { spec, status }: KubeObject): number {
  if (kind.resource === 'daemonsets') return Number(status?.desiredNumberScheduled ?? 0)
  return Number(spec?.replicas ?? 1)
}

/** Whether it is well before it is touched. */
export function readyNow(kind: ResourceKind, object: KubeObject): Fact {
  const wanted = wantedPods(kind, object)
  const ready = Number(object.status?.readyReplicas ?? object.status?.numberReady ?? 0)
  return { label: 'Ready now', value: `${ready} of ${wanted}`, ...(ready < wanted && { tone: 'warn' }) }
}

/** How its pods are replaced, in words, and what to think of. */
export function strategyOf(kind: ResourceKind, object: KubeObject): { words: string; warning?: string; surge: number } {
  const { strategy, updateStrategy } = (object.spec ?? {}) as {
    strategy?: { type?: string; rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string } }
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } }
  }
  if (kind.resource === 'deployments') {
    if (strategy?.type === 'Recreate')
      return { words: 'all pods stop, then new ones start', warning: 'it does not serve in between', surge: 0 }
    const { maxSurge = '25%', maxUnavailable = '25%' } = strategy?.rollingUpdate ?? {}
    const replicas = wantedPods(kind, object)
    const surge = typeof maxSurge === 'number' ? maxSurge : Math.ceil((Number.parseFloat(maxSurge) / 100) * replicas)
    return { words: `at most ${maxUnavailable} away, ${maxSurge} more at a time`, surge }
  }
  if (updateStrategy?.type === 'OnDelete')
    return {
      words: 'by hand: its strategy is OnDelete',
      warning: 'pods stay as they are until somebody deletes them',
      surge: 0,
    }
  const partition = updateStrategy?.rollingUpdate?.partition ?? 0
  if (partition > 0)
    return {
      words: `one by one, from the last down to ${partition}`,
      warning: `pods below ${partition} stay as they are`,
      surge: 0,
    }
  const alone = kind.resource === 'statefulsets' && wantedPods(kind, object) === 1
  return {
    words: 'one by one',
    surge: 0,
    ...(alone && { warning: 'it has one pod: it is away while that is replaced' }),
  }
}
