import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { answerLimitBytes, ToolError } from '#contract'
import { system } from '#tools/system/domain.ts'
import { agent, owner, startApp, type TestApp } from './testing/app.ts'
import { newShelf, type Shelf, shelfDomain } from './testing/domain.ts'

let shelf: Shelf
let app: TestApp
const logged: object[] = []

beforeAll(async () => {
  shelf = newShelf()
  app = await startApp({
    domains: [shelfDomain(shelf), system],
    log: { debug() {}, info() {}, warn() {}, error: (facts) => logged.push(facts) },
  })
})
afterAll(() => app.close())
beforeEach(() => {
  shelf.fail = undefined as never
})

describe('a read', () => {
  it('answers card, data, text and time, and is in the audit', async () => {
    const { answer, text, status } = await app.call('list_things')
    expect(answer).toMatchObject({ card: 'table', shown: 3, total: 3, data: { title: 'Things' } })
    expect(answer.error).toBeUndefined()
    expect(text.split('\n')).toEqual(['thing-0', 'thing-1', 'thing-2'])
    expect(status).toBe(200)
    const [row] = await app.core.audit.list({ tool: 'list_things', limit: 1 })
    expect(row).toMatchObject({ actor: 'local', kind: 'agent', persona: 'default', decision: 'allowed', outcome: 'ok' })
  })

  it('keeps the whole as a result that its caller pages, filters and counts, and nobody else', async () => {
    shelf.things = new Map(Array.from({ length: 230 }, (_, n) => [`thing-${n}`, n % 7]))
    const first = await app.call('list_things')
    expect(first.answer).toMatchObject({ shown: 50, total: 230, cursor: '50' })
    const { result } = first.answer
    const last = await app.call('get_result', { result, cursor: '200' })
    expect(last.answer).toMatchObject({ card: 'table', shown: 30, total: 230 })
    expect(last.answer.cursor).toBeUndefined()
    const some = await app.call('get_result', { result, where: ['count=3'] })
    expect(some.answer.total).toBe(33)
    const groups = await app.call('get_result', { result, groupBy: ['count'] })
    expect((groups.answer.data as { rows: { count: number }[] }).rows).toHaveLength(7)
    const bySize = await app.call('get_result', {
      result,
      groupBy: ['count'],
      aggregate: ['min count'],
      sort: 'min count',
    })
    const sizes = (bySize.answer.data as { rows: Record<string, number>[] }).rows.map((row) => row['min count'])
    expect(sizes).toEqual([...sizes].sort((a, b) => a! - b!))
    const other = await app.call('get_result', { result }, { actor: { ...agent, id: 'somebody-else' } })
    expect(other.answer.error?.code).toBe('result-expired')
    shelf.things = newShelf().things
  })

  it('is redacted in text, structure and next', async () => {
    const secret = 'sUperS3cretW0rd42'
    const answered = await app.call('echo_secret', { word: secret })
    expect(JSON.stringify(answered)).not.toContain(secret)
    const rows = await app.core.audit.list({ tool: 'echo_secret', limit: 1 })
    expect(rows).toHaveLength(1)
  })

  it('is stopped at its deadline, though the handler ignores its signal', async () => {
    const { answer, status } = await app.call('hang')
    expect(answer.error).toMatchObject({ code: 'query-timeout', changed: 'nothing' })
    expect(status).toBe(504)
  })

  it('is stopped when its caller goes away', async () => {
    const stop = new AbortController()
    const pending = app.call('hang', {}, { signal: stop.signal })
    stop.abort()
    expect((await pending).answer.error?.code).toBe('cancelled')
  })

  it('that answers what its output does not allow is our fault, and says where to look', async () => {
    const { answer } = await app.call('lie', {}, { traceId: 'trace-1' })
    expect(answer.error).toMatchObject({ code: 'internal', traceId: 'trace-1' })
    expect(answer.error!.next).toContain('trace-1')
    expect(logged.some((facts) => (facts as { traceId?: string }).traceId === 'trace-1')).toBe(true)
  })

  it('that fails unexpectedly tells nothing of the inside', async () => {
    shelf.fail = new Error('connect postgres://app:hunter2@db failed')
    const answered = await app.call('list_things')
    expect(JSON.stringify(answered)).not.toContain('hunter2')
    expect(answered.answer.error?.code).toBe('internal')
  })

  it('that fails with a ToolError keeps its code, message and next', async () => {
    shelf.fail = new ToolError('upstream-denied', 'It said 403', { next: 'Check the token', cluster: 'hub' })
    expect((await app.call('list_things')).answer.error).toMatchObject({
      code: 'upstream-denied',
      message: 'It said 403',
      next: 'Check the token',
      cluster: 'hub',
    })
  })
})

describe('who may call what', () => {
  it('an unknown tool names the near one', async () => {
    const { answer, status } = await app.call('list_thing')
    expect(answer.error).toMatchObject({ code: 'unknown-tool' })
    expect(answer.error!.next).toContain('list_things')
    expect(status).toBe(404)
  })

  it.each([
    ['a viewer asks for a change', 'place_thing', { id: 'x' }, { ...agent, role: 'viewer' as const }],
    ['an operator asks for danger', 'clear_shelf', {}, { ...agent, role: 'operator' as const }],
    ['an agent decides', 'decide_approval', { id: 'x', approve: true }, agent],
    ['a person reports as a worker', 'report_in', {}, owner],
    ['a persona without the tool', 'list_things', {}, { ...agent, persona: 'telco-5g' }],
  ])('%s: refused, nothing changed', async (_, tool, input, actor) => {
    const { answer, status } = await app.call(tool, input, { actor })
    expect(answer.error).toMatchObject({ code: 'permission-denied', changed: 'nothing' })
    expect(status).toBe(403)
  })

  it('run_tool is no way around: the inner call walks the same road', async () => {
    const { answer } = await app.call(
      'run_tool',
      { name: 'list_things', input: {} },
      { actor: { ...agent, persona: 'telco-5g' } },
    )
    expect(answer.error?.code).toBe('permission-denied')
    const decided = await app.call('run_tool', { name: 'decide_approval', input: { id: 'x', approve: true } })
    expect(decided.answer.error?.code).toBe('permission-denied')
  })

  it('QLT-046: no persona reaches a tool outside its list, directly or by run_tool', async () => {
    const tools = app.core.registry.all().map(({ tool }) => tool.name)
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...app.core.personas.all()),
        fc.constantFrom(...tools),
        fc.boolean(),
        async ({ id }, tool, directly) => {
          fc.pre(!app.core.personas.reaches(id, tool) && tool !== 'run_tool')
          const actor = { ...agent, persona: id }
          const { answer } = directly
            ? await app.call(tool, {}, { actor })
            : await app.call('run_tool', { name: tool, input: {} }, { actor })
          // Wrong arguments are said first; either way the tool did not run
          expect(['permission-denied', 'invalid-input']).toContain(answer.error?.code)
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('several clusters', () => {
  it('does not take silence for nothing: what was not found may be where nobody answered', async () => {
    const partly = await app.call('ask_clusters', { failing: 1, of: 2, found: false })
    expect(partly.answer.empty).toMatchObject({
      likely: ['c0 did not answer: it may be there', 'It is new'],
      next: ['get_cluster_status for c0', 'the same call once it answers'],
    })
    expect(partly.text).toContain('c0 did not answer: it may be there')
    const whole = await app.call('ask_clusters', { failing: 0, of: 2, found: false })
    expect(whole.answer.empty).toMatchObject({ likely: ['It is new'], next: ['make one'] })
  })

  it('QLT-044: n entries, n−k successes, 206 exactly when some but not all failed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 8 }), async (of, wish) => {
        const failing = Math.min(wish, of)
        const { answer, status, text } = await app.call('ask_clusters', { failing, of })
        expect(answer.clusters).toHaveLength(of)
        expect(answer.clusters!.filter(({ status }) => status === 'success')).toHaveLength(of - failing)
        expect(status).toBe(failing > 0 && failing < of ? 206 : 200)
        for (let n = 0; n < failing; n++) expect(text).toContain(`c${n}`)
      }),
      { numRuns: 25 },
    )
  })
})

describe('size', () => {
  const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value))
  it.each(['mcp', 'rest'] as const)('a plan or a receipt of any length fits both channels over %s', async (face) => {
    const id = '長い名前 '.repeat(3_000)
    const asked = await app.call('place_thing', { id }, { face })
    expect(asked.answer.approval).toMatchObject({ state: 'pending' })
    const decided = await app.call(
      'decide_approval',
      { id: asked.answer.approval!.id, approve: true },
      { actor: owner, face },
    )
    expect(decided.answer.data).toMatchObject({ state: 'succeeded' })
    for (const { answer, text } of [asked, decided])
      expect(Math.max(bytes(answer), Buffer.byteLength(text))).toBeLessThanOrEqual(answerLimitBytes)
    shelf.things.delete(id)
  })

  it('a result that is too large to keep is answered without a next page', async () => {
    const word = 'x'.repeat(4_000)
    shelf.things = new Map(Array.from({ length: 2_500 }, (_, n) => [`${word}${n}`, n]))
    const { answer, text } = await app.call('list_things')
    expect(answer).toMatchObject({ card: 'table', total: 2_500 })
    expect(answer.result).toBeUndefined()
    expect(text).toContain('of 2500')
    shelf.things = newShelf().things
  })
})

it('the audit is a chain that shows any change of the past', async () => {
  expect(await app.core.audit.verify()).toEqual({ ok: true })
})
