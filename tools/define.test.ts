import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { cards } from '#contract'
import { defineTool } from './define.ts'

const base = {
  name: 'list_things',
  title: 'List things',
  about: 'Lists things',
  needs: [],
  input: z.strictObject({}),
  examples: [{}],
  text: () => '',
} as const

// What must not compile is the promise here: the type checker fails where an expected error is missing.
describe('defineTool holds its promises in types', () => {
  it('fills in audience, access and time-out', () => {
    const tool = defineTool({
      ...base,
      risk: 'read',
      card: 'record',
      output: cards.record.payload,
      run: async () => ({}),
    })
    expect(tool).toMatchObject({ name: 'list_things', audience: ['agent', 'human'], access: [], timeoutMs: 30_000 })
  })

  it('refuses an output that does not fit its card', () => {
    const output = z.strictObject({ nothing: z.string() })
    // @ts-expect-error the card says table, the output is none
    const tool = defineTool({ ...base, risk: 'read', card: 'table', output, run: async () => ({}) })
    expect(tool.card).toBe('table')
  })

  it('refuses a change without a plan', () => {
    // @ts-expect-error a change has a plan, or says why it asks nobody
    const tool = defineTool({
      ...base,
      risk: 'change',
      card: 'record',
      output: cards.record.payload,
      run: async () => ({}),
    })
    expect(tool.plan).toBeUndefined()
  })

  it('refuses a plan on a read', () => {
    const plan = async () => ({ summary: '', verb: '', steps: [], checks: [], impact: [], guard: {} })
    // @ts-expect-error a read changes nothing, so there is nothing to plan
    const tool = defineTool({
      ...base,
      risk: 'read',
      card: 'record',
      output: cards.record.payload,
      plan,
      run: async () => ({}),
    })
    expect(tool.risk).toBe('read')
  })

  it('gives a handler only the clients it named', () => {
    const tool = defineTool({
      ...base,
      needs: ['prometheus'],
      risk: 'read',
      card: 'record',
      output: cards.record.payload,
      async run(_, ctx) {
        ctx.clients.prometheus satisfies object
        // @ts-expect-error kubernetes is not among the needs
        ctx.clients.kubernetes satisfies object
        return {}
      },
    })
    expect(tool.needs).toEqual(['prometheus'])
  })

  it('refuses a reply that the output does not describe', () => {
    const tool = defineTool({
      ...base,
      risk: 'read',
      card: 'record',
      output: cards.record.payload,
      // @ts-expect-error yaml is missing
      run: async () => ({ data: { title: '', kind: '', facts: [] } }),
    })
    expect(tool.card).toBe('record')
  })
})
