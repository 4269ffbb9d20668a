import { type Answer, type CardKind, cards, ToolError } from '#contract'
import type { Actor } from '#define'
import { bound, footer } from '../answer/bound.ts'
import type { Registry } from '../registry.ts'
import { aggregate, type ResultQuery, select } from './query.ts'
import type { Results, StoredResult } from './store.ts'

export interface PageQuery extends ResultQuery {
  result: string
  cursor?: string | undefined
  limit?: number | undefined
}

type Item = Record<string, unknown>

/** A page of a kept result, filtered and sorted, or groups over all of it: the backend is not asked again. */
export async function pageOf(
  { results, registry }: { results: Results; registry: Registry },
  { query, actor, maxBytes }: { query: PageQuery; actor: Actor; maxBytes?: number },
): Promise<Answer & { text: string }> {
  const stored = await results.get(query.result, actor.id)
  const list = (cards[stored.card] as { list?: string }).list
  if (!list) return page({ stored, registry, kind: stored.card, data: stored.data, offset: 0, limit: 1, maxBytes })
  const all = (stored.data[list] as Item[] | undefined) ?? []
  if (query.groupBy?.length || query.aggregate?.length) {
    const rows = aggregate(select(all, { where: query.where }), query)
    return groups(stored, select(rows, { sort: query.sort }))
  }
  const items = select(all, query)
  const offset = Number(query.cursor ?? 0)
  if (!Number.isInteger(offset) || offset < 0)
    throw new ToolError('invalid-input', 'The cursor is not one this result gave', {
      field: 'cursor',
      next: 'Leave it out to start again',
    })
  return page({
    stored,
    registry,
    kind: stored.card,
    data: { ...stored.data, [list]: items },
    offset,
    limit: query.limit ?? 50,
    maxBytes,
  })
}

function page(parts: {
  stored: StoredResult
  registry: Registry
  kind: CardKind
  data: Item
  offset: number
  limit: number
  maxBytes?: number | undefined
}): Answer & { text: string } {
  const { stored, registry, kind, data, offset, limit, maxBytes } = parts
  const { tool } = registry.find(stored.tool)
  const fitted = bound({
    kind,
    data,
    text: tool.text as (data: Item, page: { shown: number; total: number }) => string,
    limit,
    offset,
    ...(maxBytes !== undefined && { maxBytes }),
  })
  const after = offset + (fitted.shown ?? 0)
  const answer: Answer = {
    card: kind,
    data: fitted.data,
    ...(fitted.shown !== undefined && { shown: fitted.shown, total: fitted.total }),
    result: stored.id,
    ...(fitted.shown !== undefined && after < (fitted.total ?? 0) && { cursor: String(after) }),
    at: stored.at,
  }
  const words =
    fitted.shown !== undefined
      ? `items ${offset + 1} to ${after} of ${fitted.total}, read ${stored.at}`
      : `read ${stored.at}`
  return {
    ...answer,
    text: [words, fitted.text, answer.cursor ? footer(answer) : ''].filter((text) => text !== '').join('\n'),
  }
}

/** Groups as a table: its columns are the members of the rows. */
function groups(stored: StoredResult, rows: Item[]): Answer & { text: string } {
  const keys = Object.keys(rows[0] ?? { count: 0 }).filter((key) => key !== 'id')
  const data: Item = {
    title: `Groups over ${stored.tool}`,
    columns: keys.map((key) => ({ key, label: key, type: typeof rows[0]?.[key] === 'number' ? 'number' : 'text' })),
    rows,
  }
  const text = (part: Item) =>
    [keys.join('\t'), ...(part.rows as Item[]).map((row) => keys.map((key) => String(row[key] ?? '')).join('\t'))].join(
      '\n',
    )
  const fitted = bound({ kind: 'table', data, text, limit: 200 })
  return {
    card: 'table',
    data: fitted.data,
    shown: fitted.shown,
    total: fitted.total,
    at: stored.at,
    text: fitted.text,
  }
}
