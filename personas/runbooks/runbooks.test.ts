import { describe, expect, it } from 'vitest'
import { runbooks } from './index.ts'

describe.each(runbooks.map((runbook) => [runbook.id, runbook] as const))('runbook %s', (_, runbook) => {
  const given = (only?: boolean) =>
    Object.fromEntries(
      runbook.arguments.filter(({ required }) => required || !only).map(({ name }) => [name, `<${name}>`] as const),
    )

  it('asks with what it is given, and loses none of it', () => {
    const asked = runbook.ask(given())
    for (const { name } of runbook.arguments) expect(asked).toContain(`<${name}>`)
  })

  it('asks without what may be left out', () => {
    expect(runbook.ask(given(true))).not.toMatch(/undefined|<(?!\w+>)/)
  })

  it('has a name, words and arguments of their own', () => {
    expect(runbook.id).toMatch(/^[a-z][a-z0-9-]{2,40}$/)
    expect(runbooks.filter(({ id }) => id === runbook.id)).toHaveLength(1)
    expect(new Set(runbook.arguments.map(({ name }) => name)).size).toBe(runbook.arguments.length)
    expect(runbook.about.length).toBeLessThan(120)
  })
})
