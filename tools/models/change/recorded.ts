import type { CardData } from '#contract'
import type { Reply } from '#define'
import type { DeploymentConfig } from '../config.ts'
import { progressCard } from '../follow/progress.ts'
import { subjectOf } from '../service.ts'
import { manifestsOf } from './carry.ts'
import type { Claimed } from './claim.ts'
import { gpusOf, replicasOf } from './parts.ts'
import { recordChange } from './revisions.ts'
import { type ChangeContext, readTarget, type Target } from './target.ts'

/** Writes what was done, to be followed until it serves, and answers its card. */
export async function recorded(
  ctx: ChangeContext,
  parts: {
    target: Target
    action: 'update' | 'scale' | 'rollback'
    claimed: Claimed
    replicas?: number
    gpus?: number
  },
): Promise<Reply<CardData['progress']>> {
  const { target, action, claimed } = parts
  const { cluster, client, runtime, kind } = target
  const { namespace, name } = claimed.row
  const now = await readTarget({ cluster, client, runtime, kind, name, namespace, signal: ctx.signal })
  const { deployment, object } = now
  const row = await recordChange(ctx, {
    ...{ cluster, namespace, name, action },
    runtime: deployment.runtime,
    model: deployment.model ?? deployment.servedModelName ?? name,
    engine: deployment.engine,
    mode: deployment.mode,
    replicas: parts.replicas ?? replicasOf(deployment),
    gpus: parts.gpus ?? gpusOf(deployment),
    root: object,
    config: (claimed.row.config ?? undefined) as DeploymentConfig | undefined,
    manifests: manifestsOf(claimed.row),
    change: claimed.row.change,
  })
  return { data: progressCard(row), subject: subjectOf(cluster, namespace, name) }
}
