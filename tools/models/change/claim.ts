import { isToolError, ToolError } from '#contract'
import { and, desc, eq } from '#db/drizzle.ts'
import type { Tx } from '#db/open.ts'
import { deploymentRevisions as table } from '#db/schema/models.ts'
import type { Context } from '#define'
import type { KubeObject } from '../../clients/kubernetes/types.ts'
import { withoutNoise } from '../../manifest.ts'
import type { DeploymentConfig, RuntimeId } from '../config.ts'

export type RevisionRow = typeof table.$inferSelect

export interface Place {
  cluster: string
  namespace: string
  name: string
}

const at = ({ cluster, namespace, name }: Place) =>
  and(eq(table.cluster, cluster), eq(table.namespace, namespace), eq(table.name, name))

/** Newest first. */
export async function revisionsOf(ctx: Pick<Context, 'db'>, place: Place): Promise<RevisionRow[]> {
  const db = await ctx.db()
  return db.select().from(table).where(at(place)).orderBy(desc(table.revision))
}

/** What a change makes of a deployment, from its latest revision. */
export interface Draft {
  action: 'update' | 'scale' | 'rollback'
  /** None where somebody else made it */
  config?: DeploymentConfig | undefined
  manifests: readonly KubeObject[]
  /** In words: replicas 1 → 2 */
  change: string
}

export interface Claimed {
  row: RevisionRow
  /** The revision it was made from; undefined where that was never written */
  before: RevisionRow | undefined
}

type Recording = Pick<Context, 'db' | 'commit' | 'now' | 'actor' | 'idempotencyKey'>
const attempts = 12

/**
 * Writes the next revision before anything is done: the intent. It is made from the latest one, so that of two changes at
 * once the second is made from the first and none is lost. Where somebody else made the deployment, what was found is kept
 * first. Called again under the same approval it answers what was written then.
 * @throws ToolError conflict where others change the deployment all the time
 */
export async function claimRevision(
  ctx: Recording,
  parts: Place & {
    runtime: RuntimeId
    /** The deployment as somebody else left it, where no revision says that yet */
    found(latest: RevisionRow | undefined): readonly KubeObject[] | undefined
    make(latest: RevisionRow | undefined): Draft
  },
): Promise<Claimed> {
  const { cluster, namespace, name, runtime, found, make } = parts
  const key = ctx.idempotencyKey
  for (let attempt = 0; attempt < attempts; attempt++) {
    const known = await revisionsOf(ctx, parts)
    const own = known.find(({ id }) => id === key)
    if (own) return { row: own, before: known.find(({ revision }) => revision === own.revision - 1) }
    const latest = known[0]
    const base = {
      cluster,
      namespace,
      name,
      runtime,
      approvalId: key,
      requestedBy: ctx.actor.name,
      createdAt: ctx.now(),
    }
    const number = (latest?.revision ?? 0) + 1
    const seen = found(latest)
    const asFound =
      seen &&
      row({
        ...base,
        id: `${key}-found`,
        revision: number,
        action: 'found',
        manifests: seen,
        change: 'as it was found',
      })
    const draft = make(asFound ?? latest)
    const next = row({ ...base, id: key, revision: number + (asFound ? 1 : 0), ...draft })
    const isWritten = await ctx.commit(async (tx) => ({
      value: await write(tx, asFound ? [asFound, next] : [next]),
      events: [],
    }))
    if (isWritten) return { row: next, before: asFound ?? latest }
  }
  throw new ToolError('conflict', `Others change ${name} on ${cluster} all the time`, {
    cluster,
    next: 'Look at it with get_deployment and ask again.',
    changed: 'nothing',
  })
}

const row = (
  parts: Omit<RevisionRow, 'config' | 'manifests'> & {
    config?: DeploymentConfig | undefined
    manifests: readonly KubeObject[]
  },
): RevisionRow => ({
  ...parts,
  config: parts.config ? { ...parts.config } : null,
  manifests: parts.manifests.map((object) => ({ ...withoutNoise(object) })),
})

/** All of them or, where another change took the number, none. */
async function write(tx: Tx, rows: readonly RevisionRow[]): Promise<boolean> {
  const written = await tx
    .insert(table)
    .values([...rows])
    .onConflictDoNothing()
    .returning({ id: table.id })
  if (written.length === rows.length) return true
  // Numbers follow each other: where the first is taken, the second may still have been written
  for (const { id } of written) await tx.delete(table).where(eq(table.id, id))
  return false
}

/** Takes the intent back: the cluster refused it. */
export async function dropRevision(ctx: Recording): Promise<void> {
  await ctx.commit(async (tx) => {
    await tx.delete(table).where(eq(table.id, ctx.idempotencyKey))
    await tx.delete(table).where(eq(table.id, `${ctx.idempotencyKey}-found`))
    return { value: undefined, events: [] }
  })
}

/**
 * Does what a revision says. `look` reads the object, `write` is bound to what was read; where somebody wrote in between
 * both are done again, and where a later revision, made from this one, is there already, nothing is left to do (with
 * `always` what is written goes onto whatever is there, and is done all the same).
 * @returns undefined where a later change took over
 */
export async function carryOut<L, W>(
  ctx: Recording,
  { row: { cluster, namespace, name, revision } }: Claimed,
  { look, write: act, always }: { look(): Promise<L>; write(seen: L): Promise<W>; always?: boolean },
): Promise<W | undefined> {
  for (let attempt = 1; ; attempt++) {
    const seen = await look()
    // Asked after looking: whoever came later and has written already makes our own write a conflict
    const [latest] = await revisionsOf(ctx, { cluster, namespace, name })
    if (!always && latest && latest.revision > revision) return undefined
    try {
      return await act(seen)
    } catch (error) {
      if (isToolError(error) && error.code === 'conflict' && attempt < attempts) continue
      // What was refused as a whole was never done; after half of it a second run goes on
      if (isToolError(error) && error.options.changed === 'nothing') await dropRevision(ctx)
      throw error
    }
  }
}
