import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Say, type ScriptedModel, startScriptedModel } from '../../../../testing/model-server.ts'
import type { ChatMessage, Session } from '../../types.ts'
import type { ChatHost, ModelEndpoint } from '../host.ts'
import { messageOf } from '../runs/chunks.ts'
import { makeAnswer } from './answer.ts'
import { choiceOf, forgetEndpoints, probe } from './health.ts'
import type { ChatChunk } from './loop.ts'
import type { McpLink, ToolDefinition } from './mcp-link.ts'

const noFiles = { get: () => Promise.reject(new Error('nothing is attached')) }

const models: ScriptedModel[] = []
beforeEach(forgetEndpoints)
afterEach(async () => {
  await Promise.all(models.splice(0).map((model) => model.close()))
})

async function endpoint(name: string, script: (turn: number) => Say, more: Partial<ModelEndpoint> = {}) {
  const model = await startScriptedModel((_request, turn) => script(turn))
  models.push(model)
  return { model, endpoint: { name, baseUrl: model.url, model: name, demo: false, ...more } satisfies ModelEndpoint }
}
const dead: ModelEndpoint = { name: 'dead', baseUrl: 'http://127.0.0.1:65533/v1', model: 'm', demo: false }

const link = {
  tools: async () => [],
  personaPrompt: async () => undefined,
  personas: async () => [],
  call: async (name: string) => ({ text: `${name}: 8 GPUs free`, isError: false, tookMs: 1 }),
  close: async () => {},
} as unknown as McpLink
const listNodes: ToolDefinition = { name: 'list_nodes', description: 'nodes', inputSchema: { type: 'object' } }

async function ask(
  endpoints: ModelEndpoint[],
  options: { chosen?: string; limits?: ChatHost['limits']; history?: ChatMessage[]; tools?: ToolDefinition[] } = {},
) {
  const host: ChatHost = {
    db: () => Promise.reject(new Error('no database')),
    mcpUrl: '',
    apiUrl: '',
    llm: endpoints[0]!,
    endpoints,
    agentToken: () => '',
    person: { id: 'ada', name: 'Ada', role: 'owner' },
    log: { info() {}, warn() {}, error() {} },
    embeddedStore: true,
    ...(options.limits && { limits: options.limits }),
  }
  const session = {
    persona: 'default',
    clusters: [],
    ...(options.chosen && { model: options.chosen }),
  } as unknown as Session
  const answer = makeAnswer({
    files: noFiles,
    host,
    session,
    history: options.history ?? [{ id: 'q', role: 'user', parts: [{ type: 'text', text: 'hello' }] }],
    link,
    offered: Promise.resolve({ value: options.tools ?? [] }),
    persona: Promise.resolve({ value: undefined }),
    run: 'r',
    signal: new AbortController().signal,
    now: Date.now,
  })
  const chunks: ChatChunk[] = [{ type: 'start', messageId: 'm' }]
  let next = await answer.next()
  for (; !next.done; next = await answer.next()) chunks.push(next.value)
  const message = await messageOf(chunks)
  const texts = message?.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])) ?? []
  const notices = message?.parts.flatMap((part) => (part.type === 'data-notice' ? [part.data.text] : [])) ?? []
  const failure = message?.parts.find((part) => part.type === 'data-failure')?.data
  return { outcome: next.value, text: texts.join(''), notices, failure, message }
}

describe('several model endpoints (CHT-030)', () => {
  it.each<[string, Say]>([
    ['401', { status: 401 }],
    ['403', { status: 403 }],
    ['404', { status: 404 }],
    ['429', { status: 429, headers: { 'retry-after': '30' } }],
    ['500', { status: 500 }],
    ['503', { status: 503 }],
    ['garbage', { raw: 'data: {"oops": tru\n\n' }],
    ['hanging', { hang: true }],
  ])('goes to the next before the first token: %s', async (_name, say) => {
    const first = await endpoint('first', () => say)
    const second = await endpoint('second', () => ({ text: 'From the second.' }))
    const { text, notices, outcome, failure } = await ask([first.endpoint, second.endpoint], {
      limits: { firstTokenMs: 400 },
    })
    expect(text).toBe('From the second.')
    expect(failure).toBeUndefined()
    expect(outcome).toMatchObject({ end: 'done', model: 'second' })
    expect(notices).toEqual([expect.stringContaining('second (second) answers instead')])
  })

  it('goes past one that refuses the connection, and does not knock there again at once', async () => {
    const second = await endpoint('second', () => ({ text: 'Here.' }))
    expect((await ask([dead, second.endpoint])).text).toBe('Here.')
    expect(choiceOf(dead, Date.now())).toMatchObject({ state: 'down', reason: expect.stringContaining('65533') })
    expect((await ask([dead, second.endpoint])).notices).toEqual([expect.stringContaining('second')])
  })

  it('never changes hands after the first token, and says who could be asked instead', async () => {
    const first = await endpoint('first', () => ({ cutAfter: 'Three nodes are' }))
    const second = await endpoint('second', () => ({ text: 'never' }))
    const { text, failure } = await ask([first.endpoint, second.endpoint])
    expect(text).toBe('Three nodes are')
    expect(failure).toMatchObject({ code: 'upstream-garbage', tryWith: 'second' })
    expect(second.model.requests).toHaveLength(0)
  })

  it('asks the one that the conversation chose first', async () => {
    const first = await endpoint('first', () => ({ text: 'first' }))
    const second = await endpoint('second', () => ({ text: 'second' }))
    expect((await ask([first.endpoint, second.endpoint], { chosen: 'second' })).text).toBe('second')
    expect((await ask([first.endpoint, second.endpoint], { chosen: 'gone' })).text).toBe('first')
  })

  it('says in the words of the last failure when nobody answers', async () => {
    const { failure, outcome } = await ask([dead, { ...dead, name: 'dead too', baseUrl: 'http://127.0.0.1:65534/v1' }])
    expect(outcome.end).toBe('failed')
    expect(failure).toMatchObject({ modelDown: true, next: expect.stringMatching(/\w/) })
  })

  it('knows the state of each, its latency and what fits', async () => {
    const model = await startScriptedModel(() => ({ text: 'x' }), { id: 'qwen', max_model_len: 16_384 })
    models.push(model)
    const one: ModelEndpoint = { name: 'one', baseUrl: model.url, demo: false }
    expect(choiceOf(one, Date.now()).state).toBe('unknown')
    await Promise.all([probe(one, Date.now), probe(dead, Date.now)])
    expect(choiceOf(one, Date.now())).toMatchObject({ state: 'up', model: 'qwen', contextWindow: 16_384 })
    expect(choiceOf(dead, Date.now())).toMatchObject({ state: 'down', reason: expect.stringMatching(/\w/) })
  })
})

describe('models of all kinds', () => {
  it.each([
    '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
    'This model does not support tools',
  ])('that take no tools are told apart, asked without, and remembered: %s', async (message) => {
    const asked: boolean[] = []
    const model = await startScriptedModel((request) => {
      asked.push((request.tools?.length ?? 0) > 0)
      return request.tools?.length
        ? { status: 400, body: JSON.stringify({ error: { message } }) }
        : { text: 'I only talk.' }
    })
    models.push(model)
    const one: ModelEndpoint = { name: 'one', baseUrl: model.url, model: 'talker', demo: false }
    const first = await ask([one], { tools: [listNodes] })
    expect(first.text).toBe('I only talk.')
    expect(first.notices).toEqual([expect.stringContaining('takes no tools')])
    const second = await ask([one], { tools: [listNodes] })
    expect(second.notices).toEqual([expect.stringContaining('takes no tools')])
    expect(asked).toEqual([true, false, false])
    expect(choiceOf(one, Date.now()).takesTools).toBe(false)
  })

  it('that write a call as text: it is text, nothing runs, and people are told', async () => {
    const { endpoint: one } = await endpoint('one', () => ({
      text: '<tool_call>{"name": "list_nodes", "arguments": {}}</tool_call>',
    }))
    const { text, notices, message } = await ask([one], { tools: [listNodes] })
    expect(text).toContain('list_nodes')
    expect(notices).toEqual([expect.stringContaining('nothing was run')])
    expect(message!.parts.some(({ type }) => type === 'dynamic-tool')).toBe(false)
  })

  it('that think in tags: the thought is no part of the text, and its time is told', async () => {
    const { endpoint: one } = await endpoint('one', () => ({
      text: '<think>Let me see.</think>\n\nAll fine.',
      pieceMs: 10,
    }))
    const { text, message, outcome } = await ask([one])
    expect(text.trim()).toBe('All fine.')
    expect(message!.parts.find(({ type }) => type === 'reasoning')).toMatchObject({ text: 'Let me see.' })
    expect(outcome.thoughtMs).toBeGreaterThan(5)
  })

  it('whose template opens the thought: told apart from the second answer on', async () => {
    const { endpoint: one } = await endpoint('one', () => ({ text: 'Let me see.</think>\n\nAll fine.' }))
    await ask([one])
    expect((await ask([one])).text.trim()).toBe('All fine.')
  })

  it.each<[string, object[], string]>([
    ['no id', [{ tool_calls: [{ index: 0, function: { name: 'list_nodes', arguments: '{}' } }] }], 'tool_calls'],
    [
      'arguments as an object',
      [{ tool_calls: [{ index: 0, id: 'a', function: { name: 'list_nodes', arguments: {} } }] }],
      'tool_calls',
    ],
    [
      'no index',
      [{ content: null, tool_calls: [{ id: 'a', function: { name: 'list_nodes', arguments: '{}' } }] }],
      'stop',
    ],
    [
      'arguments null, then in pieces',
      [
        { tool_calls: [{ index: 0, id: 'a', function: { name: 'list_nodes', arguments: null } }] },
        { tool_calls: [{ index: 0, function: { name: null, arguments: '{' } }] },
        { tool_calls: [{ index: 0, function: { arguments: '}' } }] },
      ],
      'function_call',
    ],
  ])('that send calls in their own way: %s', async (_name, deltas, finish) => {
    const { endpoint: one } = await endpoint('one', (turn) =>
      turn === 0 ? { deltas, finish } : { deltas: [{ content: 'Done.' }] },
    )
    const { text, message, failure } = await ask([one], { tools: [listNodes] })
    expect(failure).toBeUndefined()
    expect(message!.parts.find(({ type }) => type === 'dynamic-tool')).toMatchObject({ state: 'output-available' })
    expect(text).toBe('Done.')
  })

  it('says what an answer took, in tokens, GPU-seconds and money', async () => {
    const { endpoint: one } = await endpoint('one', () => ({ text: 'Hi.' }), {
      gpus: 4,
      contextWindow: 9000,
      costPerMillionTokens: { input: 1000, output: 5000 },
    })
    expect((await ask([one])).outcome.usage).toMatchObject({
      inputTokens: 100,
      outputTokens: 20,
      contextTokens: 120,
      contextWindow: 9000,
      gpuSeconds: expect.any(Number),
      costUsd: 0.2,
      cost: { amount: 20, currency: 'usd-cent' },
    })
  })

  it('goes on when the persona lost a tool that was called before (persona switched in the middle)', async () => {
    const { endpoint: one, model } = await endpoint('one', () => ({ text: 'Fine.' }))
    const call = {
      type: 'dynamic-tool',
      toolName: 'drain_node',
      toolCallId: 'c',
      state: 'output-available',
      input: {},
    } as const
    const history: ChatMessage[] = [
      { id: '1', role: 'user', parts: [{ type: 'text', text: 'drain it' }] },
      {
        id: '2',
        role: 'assistant',
        parts: [
          { type: 'step-start' },
          { ...call, output: { text: 'drained', evidence: 'e1', isError: false, tookMs: 1 } },
        ],
      },
      { id: '3', role: 'user', parts: [{ type: 'text', text: 'and now?' }] },
    ]
    expect((await ask([one], { history, tools: [listNodes] })).text).toBe('Fine.')
    expect(JSON.stringify(model.requests[0]!.messages)).toContain('[e1] drained')
  })

  it('summarises earlier turns before the window is full, says so, and does it once', async () => {
    const { endpoint: one, model } = await endpoint(
      'one',
      (turn) => ({ text: turn === 0 ? 'They looked at nodes.' : 'Fine.' }),
      {
        contextWindow: 4_000,
      },
    )
    const turn = (id: number): ChatMessage[] => [
      { id: `q${id}`, role: 'user', parts: [{ type: 'text', text: `question ${id} ${'x'.repeat(600)}` }] },
      { id: `a${id}`, role: 'assistant', parts: [{ type: 'text', text: `answer ${id} ${'y'.repeat(600)}` }] },
    ]
    const question: ChatMessage = { id: 'q', role: 'user', parts: [{ type: 'text', text: 'and now?' }] }
    const history = [...Array.from({ length: 12 }, (_, id) => turn(id)).flat(), question]
    const first = await ask([one], { history })
    const compaction = first.message!.parts.find((part) => part.type === 'data-compaction')?.data
    expect(compaction).toMatchObject({ summary: 'They looked at nodes.' })
    expect(compaction!.messages).toBeGreaterThan(4)
    expect(JSON.stringify(model.requests[1]).length / 3).toBeLessThan(4_000)
    expect(JSON.stringify(model.requests[1]!.messages)).toContain('They looked at nodes.')
    expect(JSON.stringify(model.requests[1]!.messages)).toContain('and now?')
    const again = await ask([one], { history: [...history, first.message!, { ...question, id: 'q2' }] })
    expect(again.message!.parts.some(({ type }) => type === 'data-compaction')).toBe(false)
    expect(model.requests).toHaveLength(3)
    expect(JSON.stringify(model.requests[2]!.messages)).toContain('They looked at nodes.')
  })
})
