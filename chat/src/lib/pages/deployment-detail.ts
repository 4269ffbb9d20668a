import type { CardData } from '#contract'

/** The card of get_deployment. */
type Detail = CardData['status']

export const factOf = (data: Detail | undefined, label: string): string =>
  data?.facts.find((fact) => fact.label === label)?.value ?? ''

export const withoutFacts = (data: Detail, labels: readonly string[]): Detail => ({
  ...data,
  facts: data.facts.filter(({ label }) => !labels.includes(label)),
})

/** Replicas that are wanted: of `1/2` the two. */
export const replicasOf = (data: Detail): number => Number(/\/(\d+)/.exec(factOf(data, 'replicas'))?.[1] ?? 1)

/** `frontend 1/1, decode 2/2 × 4 GPU`: the names. */
export const componentsOf = (data: Detail): string[] =>
  factOf(data, 'components')
    .split(', ')
    .flatMap((words) => /^(\S+) \d+\/\d+/.exec(words)?.[1] ?? [])

/** The question behind `query_metrics {…}` of the next steps, over the window that is looked at. */
export function chartOf(next: readonly string[] | undefined, since: string): Record<string, unknown> | undefined {
  const json = next?.map((step) => /^query_metrics (\{.*\})$/s.exec(step)?.[1]).find((found) => found)
  if (!json) return undefined
  try {
    return { ...(JSON.parse(json) as Record<string, unknown>), since }
  } catch {
    return undefined
  }
}

/** Revisions, each from its number on; what changed may hold semicolons of its own. */
export const listOf = (words: string): string[] =>
  words
    .split(/; (?=\d+[ :])/)
    .map((one) => one.trim())
    .filter((one) => /^\d/.test(one))
