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

interface Choices {
  namespace: string
  options: Record<string, string | boolean | undefined>
}

/** What a person uses again and again: namespace and Hugging Face secret (UIX-021). */
export function keepChoices({ namespace, options }: Choices): void {
  try {
    const { hfTokenSecret } = options
    localStorage.setItem('kept:deploy', JSON.stringify({ namespace, ...(hfTokenSecret && { hfTokenSecret }) }))
  } catch {
    // Storage may be off.
  }
}

export function keptChoices(): Partial<Choices> {
  try {
    const kept = JSON.parse(localStorage.getItem('kept:deploy') ?? '{}') as Record<string, unknown>
    return {
      ...(typeof kept.namespace === 'string' && { namespace: kept.namespace }),
      ...(typeof kept.hfTokenSecret === 'string' && { options: { hfTokenSecret: kept.hfTokenSecret } }),
    }
  } catch {
    return {}
  }
}
