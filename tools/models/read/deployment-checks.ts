import type { CardData, Tone } from '#contract'
import type { Pod } from '../../kubernetes/service.ts'
import { podReason } from '../../kubernetes/service.ts'
import { cell, quoted } from '../../text.ts'
import { troubledPodsFirst } from '../follow/pending-reason.ts'
import type { ServedCondition, ServedDeployment } from '../runtimes/types.ts'

export type Check = CardData['status']['checks'][number]

const isBadWhenTrue = (type: string) => /^(Stopped|Failed|Degraded|.*(Failure|Failed|Error))$/.test(type)

function conditionTone({ type, status }: ServedCondition, running: boolean): Tone {
  if (status === 'Unknown') return 'warn'
  if ((status === 'True') !== isBadWhenTrue(type)) return 'good'
  return running ? 'neutral' : 'bad'
}

/** Conditions as its operator says them. */
export const conditionChecks = ({ conditions, phase }: ServedDeployment): Check[] =>
  conditions.map((one) => {
    const { type, status, reason, message, since } = one
    const why = [reason, message].filter((part) => part).join(': ')
    const detail = [quoted(why, 160), since && `since ${since}`].filter((part) => part).join(', ')
    return {
      id: `condition/${type}`,
      label: type,
      state: status,
      tone: conditionTone(one, phase === 'running'),
      ...(detail && { detail }),
    }
  })

/** Pods with phase, readiness, restarts and node, those in trouble first (MOD-042). */
export const podChecks = (pods: readonly Pod[], now: Date): Check[] =>
  troubledPodsFirst(pods, now).map(({ pod, state }) => {
    const { status, readyContainers, containers, restarts, tone, problem } = state
    const reason = problem ? podReason(pod) : undefined
    const detail = [
      `ready ${readyContainers}/${containers}`,
      `restarts ${restarts}`,
      pod.spec.nodeName ? `on ${pod.spec.nodeName}` : 'on no node',
      reason && quoted(reason, 140),
    ]
    return {
      id: `pod/${pod.metadata.name}`,
      label: pod.metadata.name,
      state: cell(status, 60),
      tone,
      detail: detail.filter((part) => part).join(', '),
    }
  })

const isPod = ({ id }: Check) => id.startsWith('pod/')

/** As lines: what is not well in full, the rest in one line. */
export function checkLines(checks: readonly Check[], most: number): string[] {
  const line = ({ label, state, detail }: Check) => `${label}: ${state}${detail ? `, ${detail}` : ''}`
  const conditions = checks.filter((check) => !isPod(check))
  const pods = checks.filter(isPod)
  const troubled = pods.filter(({ tone }) => tone !== 'good' && tone !== 'neutral')
  const well = pods.filter(({ tone }) => tone === 'good' || tone === 'neutral')
  const shown = pods.length <= most ? pods : troubled.slice(0, most)
  const rest =
    pods.length <= most
      ? []
      : [
          troubled.length > shown.length && `${troubled.length - shown.length} more pods are not well`,
          well.length > 0 && `${well.length} pods are well`,
        ]
  return [
    ...conditions.slice(0, 8).map((check) => `condition ${line(check)}`),
    ...shown.map((check) => `pod ${line(check)}`),
    ...rest.filter((part) => part !== false),
  ]
}
