import { activeAlerts, type Rule, type RuleGroup } from '../rules.ts'
import { badData } from '../types.ts'
import { type Endpoint, type Engine, storageOf } from './engine.ts'

/** `/api/v1/rules` and `/api/v1/alerts`. */

function ruleJson(rule: Rule, group: RuleGroup, engine: Engine) {
  const common = {
    query: rule.expr,
    labels: rule.labels ?? {},
    evaluationTime: 0.001,
    lastEvaluation: new Date(Math.floor(engine.now() / group.intervalMs) * group.intervalMs).toISOString(),
  }
  if (!rule.alert) return { type: 'recording', name: rule.record ?? '', health: 'ok', ...common }
  const head = { type: 'alerting', name: rule.alert, duration: (rule.forMs ?? 0) / 1000, keepFiringFor: 0 }
  const tail = { annotations: rule.annotations ?? {}, ...common }
  try {
    const alerts = activeAlerts(rule, group.intervalMs, storageOf(engine))
    const state = alerts.some((alert) => alert.state === 'firing')
      ? 'firing'
      : alerts.length > 0
        ? 'pending'
        : 'inactive'
    return { state, ...head, alerts, health: 'ok', ...tail }
  } catch (error) {
    const lastError = error instanceof Error ? error.message : String(error)
    return { state: 'inactive', ...head, alerts: [], health: 'err', lastError, ...tail }
  }
}

const wanted = (names: string[], name: string) => names.length === 0 || names.includes(name)

export const rules: Endpoint = (params, engine) => {
  const type = params.get('type') ?? ''
  if (!['', 'alert', 'record'].includes(type)) throw badData(`invalid parameter "type": not supported value "${type}"`)
  const groups = engine.ruleGroups().filter((group) => wanted(params.getAll('rule_group[]'), group.name))
  const data = groups.map((group) => ({
    name: group.name,
    file: group.file,
    interval: group.intervalMs / 1000,
    limit: 0,
    rules: group.rules
      .filter((rule) => type === '' || (type === 'alert') === (rule.alert !== undefined))
      .filter((rule) => wanted(params.getAll('rule_name[]'), rule.alert ?? rule.record ?? ''))
      .map((rule) => ruleJson(rule, group, engine)),
    evaluationTime: 0.001,
    lastEvaluation: new Date(Math.floor(engine.now() / group.intervalMs) * group.intervalMs).toISOString(),
  }))
  return { data: { groups: data } }
}

/** A rule that fails has no alerts; `/rules` says why. */
function alertsOf(rule: Rule, group: RuleGroup, engine: Engine) {
  try {
    return activeAlerts(rule, group.intervalMs, storageOf(engine))
  } catch {
    return []
  }
}

export const alerts: Endpoint = (_, engine) => {
  const all = engine.ruleGroups().flatMap((group) => {
    const alerting = group.rules.filter((rule) => rule.alert !== undefined)
    return alerting.flatMap((rule) => alertsOf(rule, group, engine))
  })
  return { data: { alerts: all } }
}
