import type { AlertingRule, Prometheus, Sample } from '../clients/prometheus/types.ts'
import { figure } from '../text.ts'

/** A comparison of a rule's expression with a number: `> 0.97`. */
export interface Threshold {
  operator: string
  value: number
}

/** The comparisons with a number at the end of the expression or of a part of it, as far as they can be read off its text. */
export function thresholdsOf(query: string): Threshold[] {
  const text = query.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, '""').replace(/\{[^}]*\}/g, '')
  const found = text.matchAll(/(>=|<=|==|!=|>|<)\s*(?:bool\s+)?(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?![\w.])/gi)
  return [...found].map(([, operator = '', value = '']) => ({ operator, value: Number(value) }))
}

/** The expression without a comparison with a number at its end, so that the series is there before it fires too. */
export const measured = (query: string): string => {
  const stripped = query.replace(/\s*(>=|<=|==|!=|>|<)\s*(?:bool\s+)?-?\d+(?:\.\d+)?(?:e[+-]?\d+)?\s*$/i, '')
  // cutting inside of `a and b > 1` would leave another question
  return /\b(and|or|unless)\b/i.test(stripped) ? query : stripped
}

const covers = (alert: Record<string, string>, metric: Record<string, string>): boolean =>
  Object.entries(metric).every(
    ([name, value]) => name === '__name__' || alert[name] === undefined || alert[name] === value,
  )

/** The rule that made the alert: of several with its name the one whose alerts or labels are like it. */
export function ruleOf(rules: readonly AlertingRule[], labels: Record<string, string>): AlertingRule | undefined {
  const named = rules.filter(({ name }) => name === labels.alertname)
  const holds = (rule: AlertingRule) =>
    rule.alerts.some((one) => covers(labels, one.labels)) ||
    (rule.labels.severity !== undefined && rule.labels.severity === labels.severity)
  return named.find(holds) ?? named[0]
}

export interface Measured {
  query: string
  unit?: string
  series: { name: string; atStart?: number; last?: number; min: number; max: number; values: Sample[] }[]
  start: Date
  end: Date
}

const mostSeries = 5
const pointsWanted = 60

const nearest = (values: readonly Sample[], at: number): number | undefined => {
  const found = values.filter(([time]) => time <= at).at(-1) ?? values[0]
  return found && Number(found[1])
}

/** What the rule measures, from well before the start on, of the series the alert is about. */
export async function measure(
  client: Prometheus,
  {
    rule,
    labels,
    startsAt,
    now,
    signal,
  }: {
    rule: AlertingRule
    labels: Record<string, string>
    startsAt: Date
    now: Date
    signal: AbortSignal
  },
): Promise<Measured | undefined> {
  const query = measured(rule.query)
  const beforeMs = Math.max(900_000, 2 * rule.forSeconds * 1000)
  const start = new Date(startsAt.getTime() - beforeMs)
  const end = new Date(Math.min(now.getTime(), startsAt.getTime() + Math.max(900_000, beforeMs)))
  const stepSeconds = Math.max(15, Math.ceil((end.getTime() - start.getTime()) / 1000 / pointsWanted))
  const result = await client.queryRange({ query, start, end, stepSeconds, signal })
  const series = result.series
    .filter(({ metric }) => covers(labels, metric))
    .slice(0, mostSeries)
    .flatMap(({ metric, values }) => {
      const numbers = values.map(([, text]) => Number(text)).filter(Number.isFinite)
      if (numbers.length === 0) return []
      const atStart = nearest(values, startsAt.getTime() / 1000)
      const last = numbers.at(-1)
      return [
        {
          name: nameOf(metric),
          values,
          ...(atStart !== undefined && { atStart }),
          ...(last !== undefined && { last }),
          min: Math.min(...numbers),
          max: Math.max(...numbers),
        },
      ]
    })
  return { query, series, start, end }
}

function nameOf({ __name__: name, ...labels }: Record<string, string>): string {
  const pairs = Object.entries(labels).slice(0, 4)
  return `${name ?? ''}{${pairs.map(([key, value]) => `${key}="${value}"`).join(',')}}`
}

/** `0.99 at the start (min 0.41, max 1, last 0.98)` */
export const wordsOf = ({ atStart, min, max, last }: Measured['series'][number]): string =>
  [
    atStart !== undefined && `${figure(atStart)} at the start`,
    `min ${figure(min)}, max ${figure(max)}`,
    last !== undefined && `last ${figure(last)}`,
  ]
    .filter(Boolean)
    .join('; ')
