import { type Answer, answerLimitBytes, type CardKind, type ClusterAnswer, cards } from '#contract'
import type { Reply } from '#define'
import { cutToBytes, shrink } from './shrink.ts'

type Data = Record<string, unknown>

const bytes = (value: unknown): number => Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value))

/** Series have many points: half of them go before a whole series does. */
function thinned(data: Data): Data | undefined {
  const series = data.series as { values: unknown[] }[] | undefined
  if (!series?.some(({ values }) => values.length > 8)) return undefined
  return {
    ...data,
    series: series.map((one) => ({
      ...one,
      values: halved(one.values),
    })),
  }
}

/** Of each four neighbours the lowest and the highest, so that a spike stays; the newest point always stays. */
function halved(values: readonly unknown[]): unknown[] {
  const kept: unknown[] = []
  for (let from = 0; from < values.length - 1; from += 4) {
    const part = values.slice(from, Math.min(from + 4, values.length - 1)) as [number, string][]
    const byValue = [...part].sort((left, right) => Number(left[1]) - Number(right[1]))
    kept.push(...part.filter((one) => one === byValue[0] || one === byValue.at(-1)))
  }
  return [...kept, ...values.slice(-1)]
}

export interface Bounded {
  data: Data
  text: string
  shown?: number
  total?: number
  /** Something was left out: keep the whole as a result */
  partial: boolean
}

export interface BoundRequest {
  kind: CardKind
  data: Data
  text: (data: Data, page: { shown: number; total: number }) => string
  /** Items wanted at most */
  limit: number
  offset?: number
  total?: number
  /** Room that the envelope and the footer around data and text need */
  reserveBytes?: number
  /** Default: the limit of an answer that goes to a model */
  maxBytes?: number
}

/**
 * Fit data and text into the answer limit, each complete on its own and both with the same items. Items go from the
 * end of the card's list; of series first points; of a single object its longest text. Never silent: `partial`.
 */
export function bound({
  kind,
  data,
  text,
  limit,
  offset = 0,
  total,
  reserveBytes = 1_200,
  maxBytes = answerLimitBytes,
}: BoundRequest): Bounded {
  const room = maxBytes - reserveBytes
  const { list, fromEnd } = cards[kind] as { list?: string; fromEnd?: true }
  const all = list === undefined ? undefined : ((data[list] as unknown[] | undefined) ?? [])
  const count = all?.length ?? 0
  const whole = Math.max(total ?? 0, count)

  let shaped = data
  let partial = false
  const at = (n: number, source: Data) => {
    if (list === undefined) return source
    const from = fromEnd ? Math.max(0, count - offset - n) : offset
    return { ...source, [list]: (source[list] as unknown[]).slice(from, from + n) }
  }
  const fits = (n: number, source: Data) => {
    const part = at(n, source)
    return bytes(part) <= room && bytes(text(part, { shown: n, total: whole })) <= room
  }

  let n = Math.min(limit, Math.max(0, count - offset))
  if (kind === 'time-series')
    while (!fits(n, shaped)) {
      const thinner = thinned(shaped)
      if (!thinner) break
      shaped = thinner
      partial = true
    }
  if (list !== undefined && !fits(n, shaped)) {
    let low = 0
    let high = n
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (fits(middle, shaped)) low = middle
      else high = middle - 1
    }
    // one item that is too long on its own is cut below rather than left out
    n = Math.max(low, Math.min(1, n))
  }
  if (list !== undefined && (n < count || whole > count)) partial = true
  let part = at(n, shaped)
  if (bytes(part) > room) {
    part = shrink(part, room)
    partial = true
    // a list may have lost its end too
    if (list !== undefined) n = (part[list] as unknown[]).length
  }
  let words = text(part, { shown: n, total: whole })
  if (bytes(words) > room) {
    partial = true
    words = cutToBytes(words, room)
  }
  return { data: part, text: words, ...(list !== undefined && { shown: n, total: whole }), partial }
}

/** The lines every text ends with: what is missing, who did not answer, what comes next. */
export function footer(
  answer: Pick<Answer, 'shown' | 'total' | 'cursor' | 'result' | 'clusters' | 'next'> & { card?: CardKind | string },
  all: readonly ClusterAnswer[] = answer.clusters ?? [],
): string {
  const lines: string[] = []
  if (answer.result !== undefined)
    lines.push(
      answer.cursor !== undefined
        ? `shown ${answer.shown} of ${answer.total}; more: get_result {"result":"${answer.result}","cursor":"${answer.cursor}"}, or filter and aggregate over all of it with the same id`
        : answer.card === 'time-series'
          ? // The statistics in the text are of all points; only the chart has fewer
            `points thinned for the chart; all of them: get_result {"result":"${answer.result}"}`
          : `shortened; the whole: get_result {"result":"${answer.result}"}`,
    )
  else if (answer.shown !== undefined && answer.total !== undefined && answer.shown < answer.total)
    lines.push(`shown ${answer.shown} of ${answer.total}`)
  const silent = answer.clusters?.filter(({ status }) => status !== 'success') ?? []
  if (silent.length > 0) lines.push(`NOT complete, without: ${whoAndWhy(silent, all)}`)
  if (answer.next && answer.next.length > 0) lines.push(`next: ${answer.next.join(' | ').slice(0, 400)}`)
  return lines.join('\n')
}

const cutWords = (words: string, most: number) => (words.length > most ? `${words.slice(0, most - 1)}…` : words)

/** Who did not answer and why, as far as 600 characters go; of the others the names, and then how many. */
function whoAndWhy(silent: readonly ClusterAnswer[], all: readonly ClusterAnswer[]): string {
  const said: string[] = []
  for (const { cluster, status, error } of silent) {
    const one = `${cluster} (${error ?? status})`
    if (said.length > 0 && said.join('; ').length + one.length > 600) break
    said.push(cutWords(one, 600))
  }
  const others = all.filter(({ status }) => status !== 'success').slice(said.length)
  if (others.length === 0) return said.join('; ')
  const names = others.slice(0, 20).map(({ cluster }) => cluster)
  return `${said.join('; ')}; ${others.length} more: ${names.join(', ')}${others.length > 20 ? ' …' : ''}`
}

/** Cluster rows that the envelope has room for: those that failed first. */
export function boundClusters(clusters: Reply<unknown>['clusters']): Reply<unknown>['clusters'] {
  if (!clusters || clusters.length <= 12)
    return clusters?.map((one) => ({ ...one, ...(one.error && { error: cutWords(one.error, 160) }) }))
  const failed = clusters.filter(({ status }) => status !== 'success')
  const fine = clusters.filter(({ status }) => status === 'success')
  return [...failed, ...fine]
    .slice(0, 12)
    .map((one) => ({ ...one, ...(one.error && { error: cutWords(one.error, 160) }) }))
}
