/** JSON with sorted keys, so that the same arguments in another order count as the same call. */
export function stableJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stableJson).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, member]) => member !== undefined)
    entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${stableJson(member)}`).join(',')}}`
  }
  return JSON.stringify(value) ?? 'null'
}

/** What stops a run beside its step limit: a call made again and again, or a change that waits for a person. */
export interface Guard {
  /** false: this exact call was made `limit - 1` times before and must not run again */
  admit(tool: string, input: unknown): boolean
  looping(): string | undefined
  /** No further call runs, whatever the model asks for */
  close(): void
  closed(): boolean
  waitFor(approval: string): void
  waiting(): string | undefined
}

export function createGuard(limit = 3): Guard {
  const counts = new Map<string, number>()
  let loop: string | undefined
  let approval: string | undefined
  let shut = false
  return {
    admit(tool, input) {
      const key = `${tool} ${stableJson(input)}`
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      if (count < limit) return true
      loop ??= tool
      return false
    },
    looping: () => loop,
    close: () => {
      shut = true
    },
    closed: () => shut,
    waitFor: (id) => {
      approval ??= id
    },
    waiting: () => approval,
  }
}
