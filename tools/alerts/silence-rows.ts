import * as z from 'zod'
import { tone } from '#contract'
import type { Silence } from '../clients/alertmanager/types.ts'
import { cell } from '../text.ts'
import { describeMatchers } from './silence.ts'

export const silenceRow = z.strictObject({
  id: z.string().describe('cluster/id'),
  cluster: z.string(),
  state: z.enum(['active', 'pending', 'expired']),
  stateTone: tone,
  matchers: z.string(),
  mutes: z.number().int().optional().describe('Alerts it mutes now'),
  startsAt: z.string(),
  endsAt: z.string(),
  createdBy: z.string(),
  comment: z.string().describe('Text from outside'),
})
export type SilenceRow = z.output<typeof silenceRow>

export const silenceColumns = [
  { key: 'state', label: 'State', type: 'state' as const },
  { key: 'matchers', label: 'Matchers', type: 'code' as const },
  { key: 'endsAt', label: 'Ends', type: 'time' as const },
  { key: 'mutes', label: 'Mutes', type: 'number' as const },
  { key: 'comment', label: 'Comment', type: 'text' as const },
  { key: 'createdBy', label: 'By', type: 'text' as const },
  { key: 'cluster', label: 'Cluster', type: 'text' as const },
]

export const silenceRowOf = (silence: Silence, cluster: string, mutes?: number): SilenceRow => ({
  id: `${cluster}/${silence.id}`,
  cluster,
  state: silence.state,
  stateTone: silence.state === 'active' ? 'warn' : 'neutral',
  matchers: cell(describeMatchers(silence.matchers), 300),
  ...(mutes !== undefined && { mutes }),
  startsAt: silence.startsAt,
  endsAt: silence.endsAt,
  createdBy: cell(silence.createdBy, 80),
  comment: cell(silence.comment, 240),
})
