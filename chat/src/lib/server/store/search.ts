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
  conversation: string
  role: SearchHit['role']
  at: string
  body: string
  title: string
}

/** A word that is in many messages is found among these; one that is in few is found by the index of words. */
const newestMessages = 1_000
/** Words of which the newest messages hold some are looked for further back by time, as far as that is cheaper than their index */
const furtherBack = { words: 3_000, phrase: 8_000 }
const mostTitles = 10
/** Whether a conversation has not expired is looked up in so many matches for each hit, and whether words stand in a row in so many */
const matchesEach = { words: 5, phrase: 100 }
const allMatches = 1_000_000

/**
 * Nothing tells the planner how common a word is. It reads the newest messages by their time, without sorting all of them, and
 * the others by their words. Compiling a plan would take longer than running it.
 */
const planning = sql`select set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true),
  set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true)`

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

  const hitRows = sql`hit.message_id as "messageId", hit.conversation_id as conversation, hit.role, hit.body, hit.at::text as at, ${conversations.title} as title`
  const ofHit = sql`${conversations} on ${conversations.id} = hit.conversation_id and`

  /** The newest messages one after the other. */
  const byTime = async (tx: Tx, query: SearchQuery, { limit, most }: { limit: number; most: number }) => {
    const found = await tx.execute(sql`
      with newest as (
        select * from ${messageTexts} where owner = ${owner} order by at desc limit ${most}
      ), hit as (select * from newest where words @@ to_tsquery('simple', ${tsQuery(query)}))
      select ${hitRows} from hit join ${ofHit} ${notExpired(now())} order by hit.at desc limit ${limit}`)
    return rowsOf<TextHit>(found)
  }

  /** All messages, by the index of words. It does not know which words stand in a row: that is looked up in the newest matches. */
  const byWords = async (tx: Tx, query: SearchQuery, limit: number) => {
    const [words, apart] = [tsQuery(query), tsQuery(query, { apart: true })]
    const inRow = words === apart ? sql`true` : sql`ts_match_vq(hit.words, to_tsquery('simple', ${words}))`
    const read = async (most: number) => {
      // A time that is computed keeps the planner from walking through all messages by their time
      const found = await tx.execute(sql`
        with newest as materialized (
          select ctid as place, greatest(at, at) as moment from ${messageTexts}
          where owner = ${owner} and words @@ to_tsquery('simple', ${apart}) order by moment desc limit ${most}
        ), said as (
          select ${hitRows} from newest join ${messageTexts} hit on hit.ctid = newest.place and ${inRow}
          join ${ofHit} ${notExpired(now())} order by newest.moment desc limit ${limit}
        )
        select said.*, matching from (select count(*)::int as matching from newest) total left join said on true`)
      const rows = rowsOf<TextHit & { matching: number }>(found)
      return { hits: rows.filter(({ messageId }) => messageId !== null), matching: rows[0]?.matching ?? 0 }
    }
    const most = limit * (words === apart ? matchesEach.words : matchesEach.phrase)
    const { hits, matching } = await read(most)
    return hits.length < limit && matching >= most ? (await read(allMatches)).hits : hits
  }

  const textHits = async (tx: Tx, query: SearchQuery, limit: number): Promise<TextHit[]> => {
    const newest = await byTime(tx, query, { limit, most: newestMessages })
    if (newest.length >= limit) return newest
    // A quarter more than it takes if they are as common further back
    const enough = Math.ceil((newestMessages * 1.25 * limit) / newest.length)
    const isPhrase = tsQuery(query) !== tsQuery(query, { apart: true })
    if (enough <= furtherBack[isPhrase ? 'phrase' : 'words']) {
      const found = await byTime(tx, query, { limit, most: enough })
      if (found.length >= limit) return found
    }
    return byWords(tx, query, limit)
  }

  return {
    async search(text, limit = 30) {
      const query = parseQuery(text)
      if (query.terms.length === 0) return []
      const db = await deps.db()
      return db.transaction(async (tx) => {
        await tx.execute(planning)
        const [titles, rows] = await Promise.all([
          titleHits(tx, query, Math.min(limit, mostTitles)),
          textHits(tx, query, limit),
        ])
        const messages = rows.map(({ messageId, conversation, role, at, body, title }) => ({
          conversation,
          title: { text: title, marks: marksIn(title, query) },
          messageId,
          role,
          at: new Date(at).toISOString(),
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
