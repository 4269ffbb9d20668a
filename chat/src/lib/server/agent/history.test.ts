import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChatMessage } from '../../types.ts'
import { modelFailure } from './failure.ts'
import { createGuard, stableJson } from './guard.ts'
import { historyLimits, modelHistory } from './history.ts'
import { closestTool, repairCall, repairJson } from './repair.ts'

const user = (text: string): ChatMessage => ({ id: text, role: 'user', parts: [{ type: 'text', text }] })
const answer = (text: string, tool = false): ChatMessage => ({
  id: `a-${text}`,
  role: 'assistant',
  parts: [
    { type: 'step-start' },
    { type: 'reasoning', text: 'thinking hard', state: 'done' },
    ...(tool
      ? [
          {
            type: 'dynamic-tool' as const,
            toolName: 'list_nodes',
            toolCallId: `c-${text}`,
            state: 'output-available' as const,
            input: {},
            output: {
              text: 'row '.repeat(500),
              answer: { card: 'nodes', at: '', data: { huge: 'x'.repeat(5000) } },
              isError: false,
              tookMs: 1,
            },
          },
        ]
      : []),
    { type: 'step-start' },
    { type: 'data-failure', data: { code: 'c', message: 'm', next: 'n' } },
    { type: 'text', text, state: 'done' },
  ],
})
const turns = (count: number, tool = false) =>
  Array.from({ length: count }, (_, index) => [user(`q${index}`), answer(`r${index}`, tool)]).flat()

describe('what the model reads of a conversation', () => {
  it('has text and plain tool answers, and neither cards nor reasoning nor failures', async () => {
    const { messages } = await modelHistory([user('hi'), answer('there', true), user('and?')])
    const text = JSON.stringify(messages)
    expect(text).toContain('row row')
    for (const left of ['huge', 'thinking hard', '"failure"']) expect(text).not.toContain(left)
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant', 'user'])
  })

  it('has the time of each message of the person, and the same text for it in every later turn', async () => {
    const at = (text: string, time: string): ChatMessage => ({ ...user(text), metadata: { at: time } })
    const [first, second] = [at('hi', '2026-11-20T10:10:32.316Z'), at('and?', '2026-11-20T10:12:00.000Z')]
    const early = (await modelHistory([first])).messages
    const late = (await modelHistory([first, answer('there'), second])).messages
    expect(early).toMatchObject([{ content: [{ text: '[2026-11-20 10:10] hi' }] }])
    expect(late[0]).toEqual(early[0])
    expect(late.at(-1)).toMatchObject({ content: [{ text: '[2026-11-20 10:12] and?' }] })
  })

  it('is the last 100 messages, with a digest of those before (CHT-011, CHT-013)', async () => {
    const { messages, digest } = await modelHistory([...turns(80), user('now')])
    expect(messages.length).toBeLessThanOrEqual(100)
    expect(messages[0]).toMatchObject({ role: 'user' })
    expect(messages.at(-1)).toMatchObject({ role: 'user', content: [{ text: 'now' }] })
    expect(digest).toContain('Asked: q29')
    expect(digest).toContain('Answered: r28')
    expect(digest).not.toContain('Asked: q60')
  })

  it('shortens tool answers further back and never the last ones', async () => {
    const { messages } = await modelHistory([...turns(10, true), user('now')])
    const outputs = messages.flatMap(({ role, content }) => (role === 'tool' ? [JSON.stringify(content).length] : []))
    expect(outputs[0]).toBeLessThan(1100)
    expect(outputs.at(-1)).toBeGreaterThan(1900)
  })

  it('always ends with the question, begins with one, and fits', async () => {
    const shape = fc.array(fc.record({ length: fc.integer({ min: 1, max: 4000 }), tool: fc.boolean() }), {
      minLength: 1,
      maxLength: 120,
    })
    await fc.assert(
      fc.asyncProperty(shape, async (list) => {
        const all = list.flatMap(({ length, tool }, index) => [
          user(`q${index} ${'x'.repeat(length)}`),
          answer(`r${index}`, tool),
        ])
        const limits = { ...historyLimits, characters: 20_000 }
        const { messages } = await modelHistory([...all, user('now')], limits)
        expect(messages[0]?.role).toBe('user')
        expect(messages.at(-1)).toMatchObject({ role: 'user', content: [{ text: 'now' }] })
        expect(JSON.stringify(messages).length).toBeLessThan(40_000)
      }),
      { numRuns: 40 },
    )
  })
})

describe('repairing arguments', () => {
  it.each([
    ['{"a":1}', { a: 1 }],
    ['', {}],
    ['```json\n{"a": 1}\n```', { a: 1 }],
    ['{"a": [1, 2,], }', { a: [1, 2] }],
    ["{a: 'x', b: 2}", { a: 'x', b: 2 }],
    ['{"a": {"b": "c', { a: { b: 'c' } }],
    ['no json here', undefined],
    ['[1,2]', undefined],
  ])('%s', (text, value) => {
    expect(repairJson(text)).toEqual(value)
  })

  it('never throws, and leaves whole JSON as it is', () => {
    fc.assert(fc.property(fc.string(), (text) => void repairJson(text)))
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const json = JSON.stringify(value)
        expect(repairJson(json)).toEqual(JSON.parse(json))
      }),
    )
  })

  it('finds the tool that was meant, and none where none was', () => {
    const offered = ['list_nodes', 'query_metrics']
    expect(closestTool('functions.listNodes', offered)).toBe('list_nodes')
    expect(closestTool('LIST-NODES', offered)).toBe('list_nodes')
    expect(closestTool('delete_everything', offered)).toBeUndefined()
  })

  it('hands a tool that is not offered to run_tool, where there is one', () => {
    const call = { toolName: 'get_events', input: '{"object": "qwen"' }
    expect(repairCall(call, ['list_nodes', 'run_tool'])).toEqual({
      toolName: 'run_tool',
      input: '{"name":"get_events","input":{"object":"qwen"}}',
    })
    expect(repairCall(call, ['list_nodes'])).toBeUndefined()
    expect(repairCall({ ...call, input: 'no JSON' }, ['run_tool'])).toBeUndefined()
  })
})

describe('the guard against loops', () => {
  it('counts the same call in any order of arguments, and others apart', () => {
    const guard = createGuard(3)
    expect(guard.admit('t', { a: 1, b: 2 })).toBe(true)
    expect(guard.admit('t', { b: 2, a: 1 })).toBe(true)
    expect(guard.admit('t', { a: 1, b: 3 })).toBe(true)
    expect(guard.looping()).toBeUndefined()
    expect(guard.admit('t', { a: 1, b: 2 })).toBe(false)
    expect(guard.looping()).toBe('t')
  })

  it('writes the same JSON for the same value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        expect(JSON.parse(stableJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
        expect(stableJson(Object.fromEntries(Object.entries(value).reverse()))).toBe(stableJson(value))
      }),
    )
  })
})

describe('failures of the model endpoint', () => {
  it('always have a next step and never the key', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.record({ statusCode: fc.integer({ min: 200, max: 599 }), message: fc.string() })),
        (error) => {
          const failure = modelFailure(error, { baseUrl: 'http://m/v1', model: 'm' })
          expect(failure.message).not.toBe('')
          expect(failure.next).not.toBe('')
        },
      ),
    )
  })

  it('say when the conversation has grown too long (CHT-012)', () => {
    expect(
      modelFailure(
        { statusCode: 400, message: "This model's maximum context length is 8192 tokens" },
        { baseUrl: 'u', model: 'm' },
      ).code,
    ).toBe('context-too-large')
  })
})
