import { vectorOf } from './environment.ts'
import { newEnvironment } from './evaluate.ts'
import { metricName } from './labels.ts'
import { formatValue } from './literals.ts'
import { parse } from './parse.ts'
import type { Storage } from './select.ts'
import type { Labels } from './types.ts'

/**
 * Alerting rules over the samples. Nothing is remembered between evaluations: how long an alert has been active is
 * read from the samples themselves, by evaluating the rule back in time.
 */

export interface RuleGroup {
  name: string
  file: string
  intervalMs: number
  rules: Rule[]
}
export interface Rule {
  /** An alert's name, or the series that a recording rule writes. */
  alert?: string
  record?: string
  expr: string
  forMs?: number
  labels?: Record<string, string>
  annotations?: Record<string, string>
}
export interface ActiveAlert {
  labels: Labels
  annotations: Record<string, string>
  state: 'pending' | 'firing'
  activeAt: string
  value: string
}

/** How far back an alert's start is sought: 240 evaluations, and at least as long as the rule must hold. */
const minimumLookbackSteps = 240

function expand(template: string, labels: Labels, value: number): string {
  return template
    .replace(/\{\{\s*\$labels\.(\w+)\s*\}\}/g, (_, name) => labels[name] ?? '')
    .replace(/\{\{\s*\$value(?:\s*\|\s*\w+)*\s*\}\}/g, String(Number(value.toPrecision(6))))
}

const expandAll = (templates: Record<string, string> | undefined, labels: Labels, value: number) =>
  Object.fromEntries(Object.entries(templates ?? {}).map(([name, text]) => [name, expand(text, labels, value)]))

/** The alerts of a rule at the storage's now; throws QueryError where the expression fails. */
export function activeAlerts(rule: Rule, intervalMs: number, storage: Storage): ActiveAlert[] {
  const steps = Math.max(minimumLookbackSteps, Math.ceil((rule.forMs ?? 0) / intervalMs) + 1)
  const endMs = Math.floor(storage.nowMs / intervalMs) * intervalMs
  const grid = { startMs: endMs - steps * intervalMs, stepMs: intervalMs, count: steps + 1 }
  const alerts: ActiveAlert[] = []
  for (const { labels, values } of vectorOf(parse(rule.expr, storage.mode), newEnvironment(storage, grid))) {
    const value = values[steps]
    if (value === undefined) continue
    let first = steps
    while (first > 0 && values[first - 1] !== undefined) first -= 1
    const activeMs = grid.startMs + first * intervalMs
    const { [metricName]: _, ...own } = labels
    alerts.push({
      labels: { ...own, ...expandAll(rule.labels, own, value), alertname: rule.alert ?? '' },
      annotations: expandAll(rule.annotations, own, value),
      state: endMs - activeMs >= (rule.forMs ?? 0) ? 'firing' : 'pending',
      activeAt: new Date(activeMs).toISOString(),
      value: formatValue(value),
    })
  }
  return alerts
}
