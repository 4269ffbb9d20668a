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
}

/** A word that is in most messages is found among the newest; one that is in few is found by the index. */
const newestMessages = 1_000
const mostTitles = 10
/** Of an older, common word not more than this many are put into order */
const mostMatches = 4_000

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

  const textHits = async (tx: Tx, words: string, limit: number): Promise<TextHit[]> => {
    const matches = sql`to_tsquery('simple', ${words})`
    const still = sql`exists (select 1 from ${conversations} where ${conversations.id} = hit.conversation_id and ${notExpired(now())})`
    const newest = await tx.execute(sql`
      select hit.message_id as "messageId" from (
        select message_id, conversation_id, at, words from ${messageTexts} where owner = ${owner}
        order by at desc limit ${newestMessages}
      ) hit where hit.words @@ ${matches} and ${still} order by hit.at desc limit ${limit}`)
    const found = rowsOf<TextHit>(newest)
    if (found.length >= limit) return found
    // The planner knows nothing of how common a word is and would read every message for a rare one
    await tx.execute(sql`select set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'off', true)`)
    const all = await tx.execute(sql`
      with hit as materialized (
        select message_id, conversation_id, at from ${messageTexts}
        where words @@ ${matches} and owner = ${owner} limit ${mostMatches}
      ) select hit.message_id as "messageId" from hit where ${still} order by hit.at desc limit ${limit}`)
    return rowsOf<TextHit>(all)
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
        await tx.execute(sql`select set_config('enable_indexscan', 'on', true)`)
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
