import { and, desc, eq, isNull, lte, or } from '#db/drizzle.ts'
import type { Tx } from '#db/open.ts'
import { deploymentRevisions, modelDeployments } from '#db/schema/models.ts'
import type { Context } from '#define'
import type { KubeObject } from '../../clients/kubernetes/types.ts'
import { firstSteps, patchOf } from '../../follow.ts'
import { withoutNoise } from '../../manifest.ts'
import type { DeploymentConfig, RuntimeId } from '../config.ts'
import { type DeploymentRow, progressCard, stepsOf } from '../follow/progress.ts'
import { subjectOf } from '../service.ts'

/** Where a deployment is. */
export interface Place {
  cluster: string
  namespace: string
  name: string
}

export interface RevisionParts extends Place {
  runtime: RuntimeId
  action: 'found' | 'deploy' | 'update' | 'scale' | 'rollback'
  /** What the manifests were made from; none for a deployment that was found */
  config?: DeploymentConfig | undefined
  /** As they were given to the API server, the root first; kept without status and what the server added */
  manifests: readonly KubeObject[]
  /** In words: replicas 1 → 2 */
  change: string
  requestedBy: string
  /** Idempotency key of the approved change; the same key again gives the same revision */
  key: string
  at: Date
}

/**
 * Writes the next revision of a deployment and answers its number: 1 for the first, the latest + 1 after it. Called again
 * with the same key (a change that is run again after a crash) it writes nothing and answers the number it wrote.
 */
export async function recordRevision(tx: Tx, parts: RevisionParts): Promise<number> {
  const { cluster, namespace, name, runtime, action, config, manifests, change, requestedBy, key, at } = parts
  const table = deploymentRevisions
  const id = action === 'found' ? `${key}-found` : key
  const [known] = await tx.select({ revision: table.revision }).from(table).where(eq(table.id, id))
  if (known) return known.revision
  const [latest] = await tx
    .select({ revision: table.revision })
    .from(table)
    .where(and(eq(table.cluster, cluster), eq(table.namespace, namespace), eq(table.name, name)))
    .orderBy(desc(table.revision))
    .limit(1)
  const revision = (latest?.revision ?? 0) + 1
  await tx.insert(table).values({
    id,
    cluster,
    namespace,
    name,
    revision,
    runtime,
    action,
    config: config ? { ...config } : null,
    manifests: manifests.map((object) => ({ ...withoutNoise(object) })),
    change,
    approvalId: key,
    requestedBy,
    createdAt: at,
  })
  return revision
}

/** A change of a deployment that the cluster has taken. */
export interface RecordedChange extends Place {
  runtime: RuntimeId
  action: DeploymentRow['action']
  /** Hugging Face id, or what the deployment calls it */
  model: string
  engine?: DeploymentConfig['engine'] | undefined
  mode?: DeploymentConfig['mode'] | undefined
  /** Wanted of decode or aggregated workers; 0 when it is deleted */
  replicas: number
  /** GPUs of all replicas together */
  gpus: number
  /** The root object as the API server answered it */
  root?: KubeObject | undefined
  config?: DeploymentConfig | undefined
  /** As applied; none for a deletion, which makes no revision */
  manifests?: readonly KubeObject[] | undefined
  /** In words: replicas 1 → 2 */
  change: string
}

async function later(tx: Tx, { cluster, namespace, name }: Place): Promise<DeploymentRow> {
  const table = modelDeployments
  const [row] = await tx
    .select()
    .from(table)
    .where(and(eq(table.cluster, cluster), eq(table.namespace, namespace), eq(table.name, name)))
  return row!
}

type Recording = Pick<Context, 'commit' | 'now' | 'actor' | 'idempotencyKey'>

/**
 * What every change of a deployment ends with, in one transaction: the row that the following job looks at (a new action
 * replaces the one before), the revision where there are manifests, and the event `deployment.requested` with the card.
 * Where a later revision was recorded already nothing is written, and that row is answered. Answers the row; its card is `progressCard(row)`, its subject `subjectOf(cluster, namespace, name)`.
 */
export async function recordChange(ctx: Recording, change: RecordedChange): Promise<DeploymentRow> {
  const now = ctx.now()
  const { cluster, namespace, name, runtime, action, manifests, config, root } = change
  return ctx.commit(async (tx) => {
    const revision =
      manifests && action !== 'delete'
        ? await recordRevision(tx, {
            ...{ cluster, namespace, name, runtime, action, config, manifests },
            change: change.change,
            requestedBy: ctx.actor.name,
            key: ctx.idempotencyKey,
            at: now,
          })
        : undefined
    const row = {
      ...{ cluster, namespace, name, runtime, action },
      model: change.model,
      engine: change.engine ?? null,
      mode: change.mode ?? null,
      replicas: change.replicas,
      gpus: change.gpus,
      uid: root?.metadata.uid ?? null,
      generation: root?.metadata.generation ?? null,
      state: action === 'delete' ? ('terminating' as const) : ('pending' as const),
      steps: firstSteps(stepsOf(action), now),
      message: null,
      approvalId: ctx.idempotencyKey,
      requestedBy: ctx.actor.name,
      createdAt: now,
      updatedAt: now,
      endedAt: null,
    }
    const [value] = await tx
      .insert(modelDeployments)
      .values({ id: ctx.idempotencyKey, ...row, revision: revision ?? null })
      .onConflictDoUpdate({
        target: [modelDeployments.cluster, modelDeployments.namespace, modelDeployments.name],
        // A change without a revision leaves the number of the last one
        set: { ...row, ...(revision !== undefined && { revision }) },
        // What comes back after a crash is no news where a later change was recorded meanwhile
        ...(revision !== undefined && {
          setWhere: or(isNull(modelDeployments.revision), lte(modelDeployments.revision, revision)),
        }),
      })
      .returning()
    if (!value) return { value: await later(tx, change), events: [] }
    const data = { ...patchOf(progressCard(value)) }
    return {
      value,
      events: [{ name: 'deployment.requested', subject: subjectOf(cluster, namespace, name), cluster, data }],
    }
  })
}
