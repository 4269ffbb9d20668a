import type { CardData, PastTest } from '#contract'
import { and, desc, eq } from '#db/drizzle.ts'
import type { Db } from '#db/open.ts'
import { deploymentRevisions, deploymentTests } from '#db/schema/models.ts'
import { cell, shortTime, tsv } from '../../text.ts'

interface Place {
  cluster: string
  namespace: string
  name: string
}

export interface History {
  /** Newest first, at most three of them */
  revisions: { revision: number; words: string }[]
  /** Newest first, at most five of them */
  tests: PastTest[]
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
    db.select().from(deploymentTests).where(here(deploymentTests)).orderBy(desc(deploymentTests.createdAt)).limit(5),
  ])
  return {
    revisions: revisions.map(({ revision, action, change, requestedBy, createdAt }) => ({
      revision,
      words: cell(`${revision} ${action}: ${change} (${requestedBy}, ${shortTime(createdAt.toISOString())})`, 140),
    })),
    tests: tests.map(pastTestOf),
  }
}

type Measurement = CardData['measurement']

const tones = { running: 'busy', succeeded: 'good', failed: 'bad' } as const

/** What is stored may be of an older version: what it lacks is left out. */
function pastTestOf({
  id,
  createdAt,
  state,
  message,
  settings,
  result,
}: typeof deploymentTests.$inferSelect): PastTest {
  const { verdict = message, tone, metrics = [], facts = [] } = (result ?? {}) as Partial<Measurement>
  const ttft = metrics.find((metric) => metric.id === 'ttft')
  const throughput = Number.parseFloat(facts.find(({ label }) => label === 'Throughput')?.value ?? '')
  const { concurrency } = settings
  return {
    id,
    at: createdAt.toISOString(),
    state,
    tone: (state === 'succeeded' && tone) || tones[state],
    ...(verdict && { verdict: cell(verdict, 240) }),
    ...(typeof concurrency === 'number' && { concurrency }),
    ...(ttft && { ttftP50Ms: ttft.p50, ttftP95Ms: ttft.p95 }),
    ...(Number.isFinite(throughput) && { tokensPerSecond: throughput }),
  }
}

/** For the model: the figures of all, the words of the last. */
export function testLines(tests: readonly PastTest[] = []): string[] {
  const [last] = tests
  if (!last) return []
  return [
    `last test: ${shortTime(last.at)} ${last.state}${last.verdict ? `: ${last.verdict}` : ''}`,
    tsv(
      ['tested', 'state', 'concurrency', 'TTFT p50 ms', 'TTFT p95 ms', 'tokens/s'],
      tests.map((one) => [
        shortTime(one.at),
        one.state,
        one.concurrency,
        one.ttftP50Ms,
        one.ttftP95Ms,
        one.tokensPerSecond,
      ]),
    ),
  ]
}
