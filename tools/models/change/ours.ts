import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../../clients/kubernetes/types.ts'
import type { DeploymentConfig } from '../config.ts'
import type { RevisionRow } from './claim.ts'
import type { Target } from './target.ts'

/** The mark on everything we make. */
export const isMarked = ({ metadata }: KubeObject): boolean =>
  metadata.labels?.['app.kubernetes.io/managed-by'] === 'quartermaster'

/** The configuration that what runs was made from; undefined: somebody else made it, or made it anew under the same name. */
export const ours = (
  { object, deployment }: Pick<Target, 'object' | 'deployment'>,
  latest: RevisionRow | undefined,
): DeploymentConfig | undefined =>
  latest?.config && latest.runtime === deployment.runtime && isMarked(object)
    ? (latest.config as unknown as DeploymentConfig)
    : undefined

/** A change that was written so lately that the cluster may not show it yet. */
const recentMs = 60_000
export const isRecent = (row: RevisionRow, now: Date): boolean => now.getTime() - row.createdAt.getTime() < recentMs

/** The object as somebody else left it, where our latest revision does not say so; undefined where that is ours, or says it. */
export function foundOf(
  { object, deployment }: Pick<Target, 'object' | 'deployment'>,
  latest: RevisionRow | undefined,
  now: Date,
): KubeObject[] | undefined {
  if (ours({ object, deployment }, latest)) return undefined
  if (!latest || latest.config !== null) return [object]
  const [root] = latest.manifests as unknown as KubeObject[]
  return isRecent(latest, now) || isDeepStrictEqual(root?.spec, object.spec) ? undefined : [object]
}
