import { promql, topicOf, writtenQuery } from './promql.ts'
import type { Question } from './question.ts'
import type { Rule } from './rule.ts'

const HOUR = 3600

export const metricsRules: Rule[] = [
  {
    id: 'metrics',
    about:
      'Latencies, rates, utilisation and other measures become PromQL for query_metrics: over the span that is named, else over the last hour; "now" asks for one instant.',
    example: 'p95 time to first token per model, last hour',
    must: [],
    not: ['alert', 'log', 'offer', 'escrow'],
    when: (question) => topicOf(question) !== undefined || writtenQuery(question.text) !== undefined,
    weight: 16,
    first: ({ question, said }) => {
      const found = promql(question)
      if (!found) return { say: 'I do not know a metric for that. Name one, or write the PromQL in backticks.' }
      return [
        {
          tools: ['query_metrics'],
          wants: { query: found.query, clusters: said('clusters'), ...rangeOf(question) },
          because: `The question is about ${found.topic}, so I query the metrics.`,
        },
      ]
    },
  },
]

/** About sixty points, at round steps: one minute for an hour, five for six hours, half an hour for a day. */
function stepFor(spanSeconds: number): number {
  const steps = [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 86_400]
  return steps.find((step) => spanSeconds / step <= 75) ?? 86_400
}

function rangeOf(question: Question): { sinceSeconds?: number; stepSeconds?: number } {
  const { sinceSeconds, stepSeconds } = question.entities
  if (
    sinceSeconds === undefined &&
    /\b(?:right now|now|currently|current|at the moment|instant)\b/i.test(question.text)
  )
    return {}
  const span = sinceSeconds ?? HOUR
  return { sinceSeconds: span, stepSeconds: stepSeconds ?? stepFor(span) }
}
