import * as z from 'zod'
import { cards } from '#contract'
import { defineTool } from '#define'
import { cluster } from '../arguments.ts'
import { counted } from '../table.ts'
import { lines } from '../text.ts'
import { record } from './record.ts'
import { readNotification } from './webhook.ts'

/**
 * Where Alertmanager sends its notifications (ALR-004..007, ALR-010). Anything that trying again would not mend is answered with 4xx,
 * which Alertmanager drops; a store that is away with 503, which it sends again.
 */
export const receiveAlerts = defineTool({
  name: 'receive_alerts',
  title: 'Notification of an Alertmanager',
  about:
    'Takes a webhook notification of the Alertmanager of a cluster, so that alerts are known without waiting for a poll.',
  risk: 'change',
  withoutApproval: 'An Alertmanager reports what fires; it is remembered, and nothing outside is changed',
  audience: ['webhook', 'human'],
  card: 'status',
  needs: ['fleet'],
  input: z.strictObject({ cluster, payload: z.unknown().describe('Body as webhook_configs sends it') }),
  output: cards.status.payload,
  examples: [
    {
      cluster: 'gpu-east',
      payload: {
        version: '4',
        status: 'firing',
        receiver: 'quartermaster',
        alerts: [
          {
            status: 'firing',
            labels: { alertname: 'GpuXidError', severity: 'critical' },
            annotations: {},
            startsAt: '2026-11-20T12:00:00Z',
            endsAt: '0001-01-01T00:00:00Z',
          },
        ],
      },
    },
  ],
  route: { method: 'POST', path: '/alerts/webhook/{cluster}', body: 'payload' },
  text: ({ title, summary }) => lines(title, summary),
  async run({ cluster, payload }, ctx) {
    const at = ctx.now()
    ctx.clients.fleet.get(cluster)
    const { sightings, receiver, truncated } = readNotification(payload, at)
    const events = await record(ctx, { cluster, sightings, look: { source: 'webhook', at } })
    const left = truncated > 0 && `${counted(truncated, 'alert')} left out by max_alerts: the next poll finds them`
    return {
      data: {
        title: `Received ${counted(sightings.length, 'alert')}`,
        state: 'received',
        tone: 'good' as const,
        ...(left && { summary: left }),
        facts: [
          { label: 'alerts', value: String(sightings.length) },
          { label: 'new or over', value: String(events.length) },
          ...(receiver ? [{ label: 'receiver', value: receiver.slice(0, 80) }] : []),
        ],
        checks: [],
      },
    }
  },
})
