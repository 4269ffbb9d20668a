import * as z from 'zod'
import { ToolError } from '#contract'
import type { Sighting } from './episode.ts'
import { fingerprintOf } from './fingerprint.ts'

/** Alertmanager's own limit is on bytes; this one keeps a strange sender from filling a transaction. */
const mostAlerts = 5_000

const texts = z.record(z.string(), z.coerce.string())
const time = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'is no time')

const alert = z.looseObject({
  status: z.enum(['firing', 'resolved']),
  labels: texts.refine((labels) => Object.keys(labels).length > 0, 'has no label'),
  annotations: texts.nullish(),
  startsAt: time,
  endsAt: time.nullish(),
  generatorURL: z.string().nullish(),
  fingerprint: z.string().min(1).max(64).nullish(),
})

/** Version 4 of 0.25 to 0.34: `notification_reason` and `routeLabels` of 0.34, and what comes later, are of no use here. */
const payload = z.looseObject({
  version: z.string().nullish(),
  receiver: z.string().nullish(),
  truncatedAlerts: z.coerce.number().int().min(0).nullish(),
  alerts: z.array(alert).max(mostAlerts),
})

export interface Notification {
  sightings: Sighting[]
  receiver?: string
  /** Alerts of the group that the notification left out (max_alerts of the receiver) */
  truncated: number
}

const isUnknownTime = (text: string | null | undefined) => !text || text.startsWith('0001-')

/**
 * Reads a notification of Alertmanager. Of a body that was templated (`payload` of 0.34) the same members are read; a list of alerts
 * alone does too.
 * `now` is the end of what is resolved and has none.
 * @throws ToolError invalid-input: a status that Alertmanager does not retry, because it would send the same again
 */
export function readNotification(body: unknown, now: Date): Notification {
  const parsed = payload.safeParse(Array.isArray(body) ? { alerts: body } : body)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    const field = ['payload', ...issue.path].join('.')
    throw new ToolError('invalid-input', `This is no notification of Alertmanager: ${field} ${issue.message}`, {
      field,
      next: 'Send the body of webhook_configs as it is (version 4). One that is templated needs `alerts` with status, labels and startsAt.',
      changed: 'nothing',
    })
  }
  const { alerts, receiver, truncatedAlerts } = parsed.data
  return {
    ...(receiver && { receiver }),
    truncated: truncatedAlerts ?? 0,
    sightings: alerts.map(({ status, labels, annotations, startsAt, endsAt, generatorURL, fingerprint }) => ({
      fingerprint: fingerprint ?? fingerprintOf(labels),
      startsAt: new Date(startsAt),
      labels,
      annotations: annotations ?? {},
      ...(generatorURL && { generatorUrl: generatorURL }),
      ...(status === 'resolved' && { endsAt: isUnknownTime(endsAt) ? now : new Date(endsAt!) }),
    })),
  }
}
