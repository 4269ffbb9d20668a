import { and, desc, eq } from '#db/drizzle.ts'
import type { Db } from '#db/open.ts'
import { deploymentRevisions, deploymentTests } from '#db/schema/models.ts'
import { cell, shortTime } from '../text.ts'

interface Place {
  cluster: string
  namespace: string
  name: string
}

export interface History {
  /** Newest first, at most three of them */
  revisions: { revision: number; words: string }[]
  /** The last measurement in words */
  lastTest?: string
}

/** What we did to a deployment and what was measured of it. Empty for one that was made elsewhere. */
export async function readHistory(db: Db, { cluster, namespace, name }: Place): Promise<History> {
  const here = (table: typeof deploymentRevisions | typeof deploymentTests) =>
    and(eq(table.cluster, cluster), eq(table.namespace, namespace), eq(table.name, name))
  const [revisions, tests] = await Promise.all([
    db
      .select()
      .from(deploymentRevisions)
      .where(here(deploymentRevisions))
      .orderBy(desc(deploymentRevisions.revision))
      .limit(3),
    db.select().from(deploymentTests).where(here(deploymentTests)).orderBy(desc(deploymentTests.createdAt)).limit(1),
  ])
  const [test] = tests
  return {
    revisions: revisions.map(({ revision, action, change, requestedBy, createdAt }) => ({
      revision,
      words: cell(`${revision} ${action}: ${change} (${requestedBy}, ${shortTime(createdAt.toISOString())})`, 140),
    })),
    ...(test && { lastTest: testWords(test) }),
  }
}

function testWords({ createdAt, state, message, result }: typeof deploymentTests.$inferSelect): string {
  const what = typeof result?.verdict === 'string' ? result.verdict : message
  return cell(`${shortTime(createdAt.toISOString())} ${state}${what ? `: ${what}` : ''}`, 240)
}
