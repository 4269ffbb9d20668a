import type { Finding } from '#contract'
import { blastRadius, commonCauses } from './checks/fleet.ts'
import { gpuCheckCount, gpuChecks } from './checks/index.ts'
import type { HealthFacts } from './facts.ts'
import { findAll } from './find.ts'

const rank = { critical: 0, warning: 1, info: 2 }

/** All findings, worst first, what is common to several nodes before its parts. */
export function judge(facts: HealthFacts): { findings: Finding[]; checked: number } {
  const found = findAll(gpuChecks, facts)
  const findings = [...commonCauses(found, facts), ...found.map(({ finding }) => finding), ...blastRadius(found, facts)]
  return {
    findings: findings.sort((left, right) => rank[left.severity] - rank[right.severity]),
    checked: gpuCheckCount,
  }
}
