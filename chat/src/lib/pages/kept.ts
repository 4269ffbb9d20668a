import type { Answer } from '#contract'

/** The last good answer of a list, kept in this browser: shown when the server does not answer (MOD-013). */
export function keep(name: string, answer: Answer): void {
  try {
    localStorage.setItem(`kept:${name}`, JSON.stringify(answer))
  } catch {
    // Storage may be off or full: then there is no copy.
  }
}

export function kept(name: string): Answer | undefined {
  try {
    const answer = JSON.parse(localStorage.getItem(`kept:${name}`) ?? 'null') as Answer | null
    return answer?.data ? answer : undefined
  } catch {
    return undefined
  }
}
