import { afterEach, describe, expect, it } from 'vitest'
import {
  type ModelRequest,
  type Say,
  type ScriptedModel,
  startScriptedModel,
} from '../../../../testing/model-server.ts'
import type { ToolOutput } from '../../types.ts'
import { type AgentLimits, defaultLimits } from '../host.ts'
import { createBudget } from './budget.ts'
import { createGuard } from './guard.ts'
import { type ChatChunk, runLoop } from './loop.ts'
import type { McpLink } from './mcp-link.ts'
import { languageModel } from './model.ts'
import { todoTools } from './todo.ts'
import { wrapTools } from './toolbox.ts'

let model: ScriptedModel | undefined
afterEach(async () => {
  await model?.close()
  model = undefined
})

interface Options {
  limits?: Partial<AgentLimits>
  call?: (name: string, input: unknown) => Promise<Omit<ToolOutput, 'tookMs'>>
  now?: () => number
  contextWindow?: number
}

async function run(script: (request: ModelRequest, turn: number) => Say, options: Options = {}) {
  model = await startScriptedModel(script)
  const limits = { ...defaultLimits, ...options.limits }
  const guard = createGuard()
  const now = options.now ?? Date.now
  const budget = createBudget(limits, now)
  const calls: string[] = []
  const call: McpLink['call'] = async (name, input) => {
    calls.push(name)
    return { ...(await (options.call ?? (async () => ({ text: 'ok', isError: false })))(name, input)), tookMs: 1 }
  }
  let last = 0
  const tools = wrapTools(
    ['read', 'change'].map((name) => ({ name, inputSchema: { type: 'object' as const } })),
    {
      link: { call } as McpLink,
      guard,
      timeoutMs: budget.toolMs,
      now: () => new Date(),
      evidence: () => `e${++last}`,
    },
  )
  const loop = runLoop({
    model: languageModel({ name: 'm', baseUrl: model.url, demo: false }, 'scripted'),
    endpoint: { baseUrl: model.url, model: 'scripted' },
    instructions: 'be brief',
    messages: [{ role: 'user', content: 'why is it slow?' }],
    tools: { ...tools, ...todoTools() },
    guard,
    limits,
    budget,
    now,
    signal: new AbortController().signal,
    ...(options.contextWindow && { contextWindow: () => options.contextWindow! }),
  })
  const chunks: ChatChunk[] = []
  let next = await loop.next()
  for (; !next.done; next = await loop.next()) chunks.push(next.value)
  const notices = chunks.flatMap((chunk) => (chunk.type === 'data-notice' ? [chunk.data.text] : []))
  const text = chunks.map((chunk) => (chunk.type === 'text-delta' ? chunk.delta : '')).join('')
  return { chunks, calls, notices, text, outcome: next.value, requests: model.requests }
}

/** Reads on for ever, unless told that no more tools can be called. */
const reader = (request: ModelRequest, turn: number): Say =>
  request.tool_choice === 'none'
    ? { text: 'Known so far: it is slow [e1].' }
    : { tools: [{ name: 'read', arguments: `{"page":${turn}}` }] }

describe('a run with a budget ends with what is known', () => {
  it('of steps', async () => {
    const { text, notices, calls, outcome, requests } = await run(reader, { limits: { steps: 4 } })
    expect(calls).toHaveLength(3)
    expect(text).toBe('Known so far: it is slow [e1].')
    expect(notices).toEqual([expect.stringContaining('4 steps')])
    expect(outcome.end).toBe('done')
    expect(requests.at(-1)!.messages.at(-1)).toMatchObject({
      role: 'user',
      content: expect.stringMatching(/No more tools.*known.*not known/s),
    })
    // the tools stay in the request, so that the beginning of it is the same as before
    expect(requests.at(-1)!.tools).toHaveLength(requests[0]!.tools!.length)
  })

  it('of time, also where one call takes all of it', async () => {
    let clock = 0
    const { text, notices, calls } = await run(reader, {
      limits: { totalMs: 100_000 },
      now: () => clock,
      call: async () => {
        clock += 45_000
        return { text: 'slow', isError: false }
      },
    })
    expect(calls).toHaveLength(2)
    expect(text).toContain('Known so far')
    expect(notices).toEqual([expect.stringContaining('1.7 min')])
  })

  it('of tokens', async () => {
    const { text, notices, calls } = await run(reader, { limits: { tokens: 500 } })
    expect(calls.length).toBeLessThan(6)
    expect(text).toContain('Known so far')
    expect(notices).toEqual([expect.stringContaining('500 tokens')])
  })

  it('and so does one that calls the same again and again', async () => {
    const { text, notices, calls, outcome } = await run((request) =>
      request.tool_choice === 'none' ? { text: 'It is slow.' } : { tools: [{ name: 'read', arguments: '{}' }] },
    )
    expect(calls).toHaveLength(2)
    expect(text).toBe('It is slow.')
    expect(outcome).toMatchObject({ end: 'done' })
    expect(notices).toEqual([expect.stringContaining('three times')])
  })

  it('and runs nothing for a model that calls on all the same', async () => {
    const { calls, notices, outcome } = await run(
      (_request, turn) => ({ tools: [{ name: 'read', arguments: `{"n":${turn}}` }] }),
      {
        limits: { steps: 3 },
      },
    )
    expect(calls).toHaveLength(2)
    expect(outcome.end).toBe('done')
    expect(notices).toEqual([expect.stringContaining('3 steps')])
  })
})

describe('a step', () => {
  it('reads side by side, and a change that waits stops no read', async () => {
    let going = 0
    let most = 0
    const { chunks, outcome } = await run(
      (_request, turn) =>
        turn > 0
          ? { text: 'done' }
          : {
              tools: [
                { name: 'change', arguments: '{"id":1}' },
                ...Array.from({ length: 5 }, (_, id) => ({ name: 'read', arguments: `{"id":${id}}` })),
              ],
            },
      {
        call: async (name) => {
          most = Math.max(most, ++going)
          await new Promise((resolve) => setTimeout(resolve, name === 'change' ? 1 : 80))
          going--
          if (name === 'read') return { text: 'read', isError: false }
          const approval = { id: 'apr_1', state: 'pending' } as never
          return { text: 'waits', isError: false, answer: { card: 'approval', at: '', approval } }
        },
      },
    )
    expect(most).toBe(6)
    const outputs = chunks.flatMap((chunk) =>
      chunk.type === 'tool-output-available' ? [chunk.output as ToolOutput] : [],
    )
    expect(outputs.filter(({ text }) => text === 'read')).toHaveLength(5)
    expect(outputs.map(({ evidence }) => evidence).sort()).toEqual(['e1', 'e2', 'e3', 'e4', 'e5', 'e6'])
    expect(outcome.end).toBe('approval')
  })

  it('shows the to-do list as it stands, in place', async () => {
    const items = (state: string) => JSON.stringify({ items: [{ text: 'look at nodes', state }] })
    const { chunks } = await run((_request, turn) =>
      turn < 2 ? { tools: [{ name: 'update_todo', arguments: items(turn ? 'done' : 'doing') }] } : { text: 'ok' },
    )
    const lists = chunks.filter((chunk) => chunk.type === 'data-todo')
    expect(lists.map(({ id, data }) => [id, data.items[0]!.state])).toEqual([
      ['todo', 'doing'],
      ['todo', 'done'],
    ])
  })

  it('leaves older answers out when the running context grows, and the way back to them in', async () => {
    const long = `60 nodes\n${'gpu-east ready\n'.repeat(200)}shown 20 of 60; more: get_result {"result":"res_abc","cursor":"20"}`
    const { requests } = await run(
      (_request, turn) => (turn < 6 ? { tools: [{ name: 'read', arguments: `{"n":${turn}}` }] } : { text: 'ok' }),
      { call: async () => ({ text: long, isError: false }), contextWindow: 4_000 },
    )
    const sizes = requests.map((request) => JSON.stringify(request.messages).length / 3)
    expect(Math.max(...sizes)).toBeLessThan(4_000)
    const lastTools = requests.at(-1)!.messages.filter(({ role }) => role === 'tool')
    expect(lastTools).toHaveLength(6)
    expect(lastTools[0]!.content).toMatch(/^\[e1\] 60 nodes .*get_result \{"result":"res_abc"\} brings it back/)
    expect(lastTools.at(-1)!.content).toContain('gpu-east ready')
  })
})
