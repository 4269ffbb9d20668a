import type { Answer } from '#contract'

/** The member of each kind that grows with the world and is paged. */
const lists: Record<string, string> = {
  table: 'rows',
  nodes: 'nodes',
  ledger: 'entries',
  log: 'lines',
  'time-series': 'series',
  findings: 'findings',
  status: 'checks',
  trace: 'spans',
}

const identity = (item: Record<string, unknown>, index: number) => item.id ?? item.n ?? index

/** The answer with the items of the next page behind its own; an item that is there already is replaced. */
export function appendPage(answer: Answer, page: Answer): Answer {
  const list = lists[answer.card]
  const more = list ? page.data?.[list] : undefined
  const own = list ? answer.data?.[list] : undefined
  if (!list || !Array.isArray(more) || !Array.isArray(own)) return { ...answer, cursor: undefined }
  const byId = new Map(own.map((item, index) => [identity(item, index), item]))
  more.forEach((item, index) => {
    byId.set(identity(item, own.length + index), item)
  })
  const items = [...byId.values()]
  return {
    ...answer,
    data: { ...answer.data, [list]: items },
    shown: items.length,
    total: page.total ?? answer.total,
    cursor: page.cursor,
  }
}

/** A chart that was thinned to fit an answer for the model; its whole is kept as a result. */
export const isThinned = ({ card, data, result }: Answer): boolean =>
  card === 'time-series' && result !== undefined && data !== undefined

/** The answer with the whole of its result in place of what was thinned; what else it says stays, its title too. */
export const withWhole = (answer: Answer, whole: Answer): Answer => ({
  ...answer,
  data: { ...whole.data, ...(answer.data?.title !== undefined && { title: answer.data.title }) },
  shown: whole.shown,
  total: whole.total,
  cursor: whole.cursor,
})
