import * as z from 'zod'
import { type Tone, tone } from '#contract'
import type { Alert } from '../clients/alertmanager/types.ts'
import { cell } from '../text.ts'

export const alertRow = z.strictObject({
  id: z.string().describe('cluster/fingerprint'),
  cluster: z.string(),
  alert: z.string(),
  severity: z.enum(['critical', 'warning', 'info']),
  severityTone: tone,
  state: z.enum(['firing', 'pending', 'silenced', 'inhibited']),
  since: z.string().optional().describe('ISO 8601'),
  namespace: z.string().optional(),
  object: z.string().optional().describe('What it is about'),
  summary: z.string().optional().describe('Text from outside'),
  alike: z.number().int().optional().describe('Further rows like this one: same alert, state, severity and namespace'),
  unread: z.boolean().optional().describe('You have not marked it as read'),
})
export type AlertRow = z.output<typeof alertRow>

const tones: Record<AlertRow['severity'], Tone> = { critical: 'bad', warning: 'warn', info: 'neutral' }

/** Severity of the label in three words; without one it is a warning (ALR-006, ALR-012). `none` is a heartbeat. */
export function severityOf(labels: Record<string, string>): AlertRow['severity'] {
  const said = labels.severity?.toLowerCase() ?? ''
  if (['critical', 'crit', 'page', 'emergency', 'fatal', 'p1', 'error', 'major', 'high'].includes(said))
    return 'critical'
  return ['info', 'informational', 'none', 'notice', 'low', 'debug', 'p4', 'p5'].includes(said) ? 'info' : 'warning'
}

const objectLabels = [
  'pod',
  'node',
  'Hostname',
  'hostname',
  'deployment',
  'statefulset',
  'daemonset',
  'persistentvolumeclaim',
  'model_name',
  'model',
  'target_cluster',
  'worker_id',
  'job_name',
  'instance',
  'service',
  'job',
]

function objectOf(labels: Record<string, string>): string | undefined {
  const label = objectLabels.find((one) => labels[one])
  if (!label) return otherLabels(labels)
  const device = `${labels.gpu ? ` gpu ${labels.gpu}` : ''}${labels.xid ? ` xid ${labels.xid}` : ''}`
  return cell(`${label.toLowerCase().replace('hostname', 'node')}/${labels[label]}${device}`, 120)
}

/** Said elsewhere in the row, or of every alert. */
const saidElsewhere = ['alertname', 'severity', 'cluster', 'namespace', 'prometheus']

/** Labels that nobody foresaw are what an alert is about too. */
function otherLabels(labels: Record<string, string>): string | undefined {
  const others = Object.entries(labels).filter(([name]) => !saidElsewhere.includes(name))
  return others.length > 0 ? cell(others.map(([name, value]) => `${name}=${value}`).join(' '), 120) : undefined
}

export const stateOf = (alert: Alert): AlertRow['state'] => {
  if (alert.silencedBy.length > 0 || alert.mutedBy.length > 0) return 'silenced'
  return alert.inhibitedBy.length > 0 || alert.state === 'suppressed' ? 'inhibited' : 'firing'
}

export function rowOf(alert: Alert, cluster: string): AlertRow {
  const { labels, annotations } = alert
  return fromLabels(labels, {
    id: `${cluster}/${alert.fingerprint}`,
    cluster,
    state: stateOf(alert),
    since: alert.startsAt,
    summary: annotations.summary ?? annotations.message ?? annotations.description,
  })
}

interface Rest {
  id: string
  cluster: string
  state: AlertRow['state']
  since?: string | undefined
  summary?: string | undefined
}

export function fromLabels(labels: Record<string, string>, { summary, since, ...rest }: Rest): AlertRow {
  const severity = severityOf(labels)
  const object = objectOf(labels)
  return {
    ...rest,
    alert: cell(labels.alertname ?? 'unnamed', 120),
    severity,
    severityTone: rest.state === 'firing' ? tones[severity] : 'neutral',
    ...(since && { since }),
    ...(labels.namespace && { namespace: cell(labels.namespace, 80) }),
    ...(object && { object }),
    ...(summary && { summary: cell(summary, 240) }),
  }
}

const severities: Record<AlertRow['severity'], number> = { critical: 0, warning: 1, info: 2 }
const states: Record<AlertRow['state'], number> = { firing: 0, pending: 1, inhibited: 2, silenced: 3 }

/** Firing before pending before silenced, critical first, newest first. */
export const byUrgency = (left: AlertRow, right: AlertRow): number =>
  states[left.state] - states[right.state] ||
  severities[left.severity] - severities[right.severity] ||
  ((left.since ?? '') < (right.since ?? '') ? 1 : -1)
