import type { Finding, Tone } from '#contract'
import { findingOf } from './check.ts'
import { podCheckList } from './checks/index.ts'
import type { PodFacts } from './facts.ts'

const weight: Record<Finding['severity'], number> = { critical: 0, warning: 1, info: 2 }

/** All findings about a pod, worst first. A check that only says that something is wrong gives way to one that says what. */
export function diagnose(facts: PodFacts): Finding[] {
  const found = podCheckList.flatMap((check) => {
    const finding = findingOf(check, facts)
    return finding ? [{ check, finding }] : []
  })
  const explained = found.some(({ check, finding }) => !check.fallback && finding.severity === 'critical')
  // Among those that explain nothing, the ones with the most to say come first in the list already.
  return found
    .filter(({ check }) => !(explained && check.fallback))
    .map(({ finding }) => finding)
    .sort((left, right) => weight[left.severity] - weight[right.severity])
}

/** The whole in one sentence, and its colour. */
export function verdictOf(facts: PodFacts, findings: readonly Finding[]): { verdict: string; tone: Tone } {
  const first = findings[0]
  if (first?.severity === 'critical') return { verdict: first.title, tone: 'bad' }
  if (first) return { verdict: first.title, tone: 'warn' }
  if (facts.fine) return { verdict: 'Running and ready; no check found anything', tone: 'good' }
  if (facts.status === 'Completed' || facts.status === 'Succeeded')
    return { verdict: 'Completed; no check found anything', tone: 'good' }
  return { verdict: `${facts.status}; no check found why`, tone: 'warn' }
}

export const checkCount = podCheckList.length
