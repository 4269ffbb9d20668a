import type { Finding } from '#contract'
import { cell } from '../text.ts'
import { type EventFact, ends, type PodFacts, schedulerMessage, statuses } from './facts.ts'

export type Evidence = Finding['evidence'][number]

/** What a check saw. `values` fill the braces of its words. */
export interface Hit {
  evidence: Evidence[]
  values?: Record<string, string | undefined>
}

/** One named check: silent unless it has evidence. `{name}` in its words is filled from what it saw. */
export interface Check {
  id: string
  severity: Finding['severity']
  title: string
  cause: string
  remedy: string
  ask?: string
  /** Says only that something is wrong: left out where another check says what */
  fallback?: true
  look: (facts: PodFacts) => Hit | undefined
}

type Words = Omit<Check, 'look' | 'severity'> & { severity?: Check['severity'] }

const filled = (words: string, values: Hit['values']) =>
  words.replace(/\{(\w+)\}/g, (_, key: string) => cell(values?.[key] ?? `the ${key}`, 160))

export function findingOf(check: Check, facts: PodFacts): Finding | undefined {
  const hit = check.look(facts)
  if (!hit || hit.evidence.length === 0) return undefined
  return {
    id: check.id,
    severity: check.severity,
    title: filled(check.title, hit.values),
    cause: filled(check.cause, hit.values),
    evidence: hit.evidence
      .slice(0, 4)
      .map(({ source, text, at }) => ({ source, text: cell(text, 300), ...(at && { at }) })),
    remedy: filled(check.remedy, hit.values),
    ...(check.ask && { ask: filled(check.ask, hit.values) }),
  }
}

const groupsOf = (match: RegExpExecArray | null | undefined) => ({ ...match?.groups })

/** A container that waits with one of these reasons, and a message that fits. */
export function waiting(reasons: readonly string[], message: RegExp | undefined, words: Words): Check {
  return {
    severity: 'critical',
    ...words,
    look: (facts) => {
      for (const status of statuses(facts)) {
        const state = status.state?.waiting
        if (!state?.reason || !reasons.includes(state.reason)) continue
        // The kubelet keeps the reason short and gives the details as an event.
        const said = [
          state.message,
          ...facts.events.filter((event) => event.reason === 'Failed').map((event) => event.message),
        ].filter((one) => one !== undefined)
        const text = message ? said.find((one) => message.test(one)) : (said[0] ?? state.reason)
        if (text === undefined) continue
        const image = facts.pod.spec.containers
          ?.concat(facts.pod.spec.initContainers ?? [])
          .find((one) => one.name === status.name)?.image
        return {
          evidence: [{ source: `container ${status.name}: ${state.reason}`, text }],
          values: { container: status.name, image, ...groupsOf(message?.exec(text)) },
        }
      }
    },
  }
}

/** A container whose last end fits, and that is not running well again. */
export function ended(
  fits: (end: { exitCode: number; reason?: string; signal?: number }) => boolean,
  words: Words,
): Check {
  return {
    severity: 'critical',
    ...words,
    look: (facts) => {
      const found = ends(facts).find(
        ({ end, over, status }) => !over && !(status.init && end.exitCode === 0) && fits(end),
      )
      if (!found) return undefined
      const { status, end } = found
      const message = end.message ? `: ${end.message}` : ''
      return {
        evidence: [
          {
            source: `container ${status.name}`,
            text: `${end.reason ?? 'ended'}, exit code ${end.exitCode}, ${status.restartCount ?? 0} restarts${message}`,
            ...(end.finishedAt && { at: end.finishedAt }),
          },
        ],
        values: { container: status.name, code: String(end.exitCode), memory: memoryLimit(facts, status.name) },
      }
    },
  }
}

const memoryLimit = ({ pod }: PodFacts, container: string): string =>
  [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])].find((one) => one.name === container)?.resources
    ?.limits?.memory ?? 'not set'

const eventEvidence = (event: EventFact): Evidence => ({
  source: `event ${event.reason} on ${event.object}${event.count > 1 ? `, ${event.count} times` : ''}`,
  text: event.message,
  at: event.at,
})

type EventSource = 'events' | 'ownerEvents' | 'nodeEvents'

/** An event of the pod (or its owner or node) that fits, while the pod is not well. */
export function event(
  reasons: readonly string[],
  message: RegExp,
  words: Words & { of?: EventSource; not?: RegExp },
): Check {
  const { of = 'events', not, ...rest } = words
  return {
    severity: 'critical',
    ...rest,
    look: (facts) => {
      if (facts.fine) return undefined
      const found = facts[of].find(
        (one) => reasons.includes(one.reason) && message.test(one.message) && !not?.test(one.message),
      )
      if (!found) return undefined
      return { evidence: [eventEvidence(found)], values: groupsOf(message.exec(found.message)) }
    },
  }
}

/** A part of the scheduler's reasons that fits: `3 Insufficient nvidia.com/gpu`. */
export function unschedulable(part: RegExp, words: Words & { more?: (facts: PodFacts) => Hit }): Check {
  const { more, ...rest } = words
  return {
    severity: 'critical',
    ...rest,
    look: (facts) => {
      const message = schedulerMessage(facts)
      const match = message === undefined ? undefined : part.exec(message)
      if (!match) return undefined
      const extra = more?.(facts)
      return {
        evidence: [{ source: 'scheduler', text: message! }, ...(extra?.evidence ?? [])],
        values: { ...groupsOf(match), ...extra?.values },
      }
    },
  }
}

/** A log line of a container in trouble that fits; the last such line counts. */
export function logged(pattern: RegExp, words: Words): Check {
  return {
    severity: 'critical',
    ...words,
    look: (facts) => {
      if (facts.fine) return undefined
      for (const { container, previous, lines } of facts.logs) {
        const line = lines.findLast(({ text }) => pattern.test(text))
        if (!line) continue
        return {
          evidence: [
            {
              source: `${previous ? 'previous log' : 'log'} of ${container}`,
              text: line.text,
              ...(line.at && { at: line.at }),
            },
          ],
          values: { container, ...groupsOf(pattern.exec(line.text)) },
        }
      }
    },
  }
}
