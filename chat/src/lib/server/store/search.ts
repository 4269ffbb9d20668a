import { and, desc, eq, ilike, sql } from '#db/drizzle.ts'
import type { Tx } from '#db/open.ts'
import { conversations, messageTexts } from '#db/schema/chat.ts'
import type { SearchHit } from '../../types.ts'
import type { StoreDeps } from './access.ts'
import { notExpired } from './conversations.ts'
import { parseQuery, type SearchQuery, tsQuery } from './query.ts'
import { marksIn, snippetOf } from './snippet.ts'
import { withoutSeams } from './texts.ts'

export interface SearchStore {
  /** Title hits first, then messages, newest first. Own conversations that have not expired. Any text can be asked for. */
  search(text: string, limit?: number): Promise<SearchHit[]>
}

interface TextHit {
  messageId: string
  matching: number
}

/** A word that is in most messages is found among these; one that is in few is found by the index. */
const newestMessages = 1_000
const mostTitles = 10
/** How far back a word is followed that is only said in older messages, and there often: in spans of the newest messages' time */
const spans = [8, 64]
/** More matches than this are not put into order */
const mostMatches = 2_000

/** Nothing tells the planner how common a word is: it is told which way to read. */
const planBy = (tx: Tx, way: 'time' | 'words' | 'any') => {
  const turn = (on: boolean) => sql.raw(on ? "'on'" : "'off'")
  return tx.execute(sql`select set_config('enable_seqscan', ${turn(way === 'any')}, true),
    set_config('enable_sort', ${turn(way !== 'time')}, true),
    set_config('enable_bitmapscan', ${turn(way !== 'time')}, true),
    set_config('enable_indexscan', ${turn(way !== 'words')}, true)`)
}

export function searchStore(deps: StoreDeps): SearchStore {
  const { owner, now } = deps

  const titleHits = async (tx: Tx, query: SearchQuery, limit: number): Promise<SearchHit[]> => {
    const rows = await tx
      .select({ id: conversations.id, title: conversations.title, updatedAt: conversations.updatedAt })
      .from(conversations)
      .where(
        and(
          eq(conversations.owner, owner),
          notExpired(now()),
          // Letters and digits only: nothing in them means anything to LIKE
          ...query.terms.flatMap(({ words }) => words.map((word) => ilike(conversations.title, `%${word}%`))),
        ),
      )
      .orderBy(desc(conversations.updatedAt))
      .limit(limit * 4)
    return rows
      .filter(({ title }) => query.terms.every((term) => marksIn(title, { terms: [term] }).length > 0))
      .filter(({ title }) => marksIn(title, { terms: query.without }).length === 0)
      .slice(0, limit)
      .map(({ id, title, updatedAt }) => ({
        conversation: id,
        title: { text: title, marks: marksIn(title, query) },
        at: updatedAt.toISOString(),
      }))
  }

  /** Newest first: first the newest messages one after the other, then further and further back by the index. */
  const textHits = async (tx: Tx, words: string, limit: number): Promise<TextHit[]> => {
    const matches = sql`words @@ to_tsquery('simple', ${words})`
    const between = async (from: Date | undefined, to: Date | undefined, most: number) => {
      // An owner that is computed keeps the planner to the index of words
      const own = from || !to ? sql`owner` : sql`owner || ''`
      const found = await tx.execute(sql`
        with matching as materialized (
          select message_id, conversation_id, at from message_texts
          where ${own} = ${owner} and ${from ? sql`at >= ${from.toISOString()}` : sql`true`}
            and ${to ? sql`at < ${to.toISOString()}` : sql`true`} and ${matches}
          ${from && !to ? sql`order by at desc` : sql``} limit ${most}
        ), hit as materialized (select * from matching order by at desc limit ${limit * 2})
        select hit.message_id as "messageId", (select count(*) from matching)::int as matching from hit
        where exists (select 1 from ${conversations} where ${conversations.id} = hit.conversation_id and ${notExpired(now())})
        order by hit.at desc limit ${limit}`)
      return rowsOf<TextHit>(found)
    }
    await planBy(tx, 'time')
    const edges = rowsOf<{ newest: string; edge: string }>(
      await tx.execute(sql`select max(at)::text as newest, min(at)::text as edge, count(*) as counted from (
        select at from message_texts where owner = ${owner} order by at desc limit ${newestMessages}) newest having count(*) = ${newestMessages}`),
    )
    const [edge] = edges
    // So few messages that all of them are the newest
    if (!edge) return between(undefined, undefined, mostMatches)
    const [newest, oldest] = [new Date(edge.newest).getTime(), new Date(edge.edge).getTime()]
    const hits = await between(new Date(oldest), undefined, limit * 2)
    await planBy(tx, 'words')
    if (hits.length >= limit) return hits
    const older = await between(undefined, new Date(oldest), mostMatches)
    if ((older[0]?.matching ?? 0) < mostMatches) return [...hits, ...older].slice(0, limit)
    // Too many to put into order, and the index gives the oldest first: further back step by step
    let to = oldest
    for (const span of spans) {
      const from = newest - (newest - oldest) * span
      hits.push(...(await between(new Date(from), new Date(to), mostMatches)))
      if (hits.length >= limit) break
      to = from
    }
    if (hits.length < limit) hits.push(...older)
    return [...new Map(hits.map((hit) => [hit.messageId, hit])).values()].slice(0, limit)
  }

  return {
    async search(text, limit = 30) {
      const query = parseQuery(text)
      const words = tsQuery(query)
      if (words === undefined) return []
      const db = await deps.db()
      return db.transaction(async (tx) => {
        const titles = await titleHits(tx, query, Math.min(limit, mostTitles))
        const hits = await textHits(tx, words, limit)
        await planBy(tx, 'any')
        const ids = hits.map(({ messageId }) => messageId)
        const rows =
          ids.length === 0
            ? []
            : await tx
                .select({
                  messageId: messageTexts.messageId,
                  conversation: messageTexts.conversationId,
                  role: messageTexts.role,
                  at: messageTexts.at,
                  body: messageTexts.body,
                  title: conversations.title,
                })
                .from(messageTexts)
                .innerJoin(conversations, eq(conversations.id, messageTexts.conversationId))
                .where(sql`${messageTexts.messageId} = any(${sql.param(ids)})`)
                .orderBy(desc(messageTexts.at))
        const messages = rows.map(({ messageId, conversation, role, at, body, title }) => ({
          conversation,
          title: { text: title, marks: marksIn(title, query) },
          messageId,
          role,
          at: at.toISOString(),
          snippet: snippetOf(withoutSeams(body), query),
        }))
        return [...titles, ...messages].slice(0, limit)
      })
    },
  }
}

/** Both drivers answer rows, PGlite inside an object. */
const rowsOf = <T>(result: unknown): T[] =>
  (Array.isArray(result) ? result : (result as { rows: unknown[] }).rows) as T[]
