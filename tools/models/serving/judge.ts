import type { Tone } from '#contract'
import { counted } from '../../table.ts'
import { figure } from '../../text.ts'
import { fullFrom, type Measured } from './collect.ts'

export interface Judgement {
  tone: Tone
  /** What is wrong and what it means; empty where nothing is */
  words: string
}

/** How a deployment serves, by figures that have a meaning of their own; latency has none without a goal. */
export function judge(measured: Measured, windowSeconds: number): Judgement {
  const { kvUsage = 0, waiting = 0, running = 0, requestsPerSecond = 0 } = measured
  const preemptions = Math.round((measured.preemptionsPerSecond ?? 0) * windowSeconds)
  const growth = (measured.waitingGrowth ?? 0) * windowSeconds
  const errors = requestsPerSecond > 0 ? (measured.errorsPerSecond ?? 0) / requestsPerSecond : 0
  const rejected = Math.round((measured.rejectedPerSecond ?? 0) * windowSeconds)
  const found: [Tone, string][] = []
  if (kvUsage >= fullFrom && preemptions > 0)
    found.push([
      'bad',
      `KV cache full on ${measured.fullPods} of ${counted(measured.pods, 'pod')}, ${counted(preemptions, 'preemption')}: too many or too long sequences`,
    ])
  else if (kvUsage >= fullFrom)
    found.push(['warn', `KV cache full on ${measured.fullPods} of ${counted(measured.pods, 'pod')}`])
  if (waiting >= 5 && growth >= Math.max(5, waiting / 4)) found.push(['bad', `queue grows: ${figure(waiting)} wait`])
  else if (waiting >= 10 && waiting > running) found.push(['warn', `${figure(waiting)} wait, ${figure(running)} run`])
  if (rejected > 0) found.push(['bad', `${counted(rejected, 'request')} refused as overloaded (529)`])
  if (errors >= 0.01) found.push([errors >= 0.05 ? 'bad' : 'warn', `${figure(errors * 100)} % of requests fail`])
  if (found.length === 0 && requestsPerSecond === 0 && running === 0) return { tone: 'neutral', words: 'no traffic' }
  const tone = found.some(([one]) => one === 'bad') ? 'bad' : found.length > 0 ? 'warn' : 'good'
  return { tone, words: found.map(([, words]) => words).join('; ') }
}
