import { type Plan, ToolError } from '#contract'

/** A plan whose own checks say that it cannot work bothers nobody. */
export function refuseHopeless(plan: Plan): void {
  const failing = plan.checks.filter(({ state }) => state === 'fail')
  if (failing.length === 0) return
  throw new ToolError(
    'does-not-fit',
    failing.map(({ label, detail }) => (detail ? `${label}: ${detail}` : label)).join('; '),
    {
      next: 'Change the request so that these checks pass, then ask again',
      details: { checks: failing },
      changed: 'nothing',
    },
  )
}

/** A card must fit an answer: long diffs are cut, the digest still covers the whole plan. */
export function boundPlan(plan: Plan): Plan {
  const room = 5_000
  return {
    ...plan,
    steps: plan.steps.slice(0, 20),
    checks: plan.checks.slice(0, 20),
    ...(plan.diff !== undefined && {
      diff:
        plan.diff.length <= room
          ? plan.diff
          : `${plan.diff.slice(0, plan.diff.lastIndexOf('\n', room))}\n… cut: ${plan.diff.length} characters in all`,
    }),
  }
}

/** What moved between two plans of one change, in words. */
export function guardChanges(before: Record<string, string>, after: Record<string, string>): string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return keys
    .filter((key) => before[key] !== after[key])
    .map((key) => `${key}: ${before[key] ?? 'absent'} → ${after[key] ?? 'absent'}`)
}
