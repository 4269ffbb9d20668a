import type { KubeObject } from '../../clients/kubernetes/types.ts'
import type { DeploymentConfig } from '../config.ts'
import type { RevisionRow } from './claim.ts'
import type { Target } from './target.ts'

/** The mark on everything we make. */
export const isMarked = ({ metadata }: KubeObject): boolean =>
  metadata.labels?.['app.kubernetes.io/managed-by'] === 'quartermaster'

/** The configuration that what runs was made from; undefined: somebody else made it, or made it anew under the same name. */
export const ours = (
  { object }: Pick<Target, 'object'>,
  latest: RevisionRow | undefined,
): DeploymentConfig | undefined =>
  latest?.config && isMarked(object) ? (latest.config as unknown as DeploymentConfig) : undefined
