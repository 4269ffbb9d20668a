import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FleetServer, startFleetServer } from '../../../../testing/fleet-server.ts'
import {
  type ModelRequest,
  type Say,
  type ScriptedModel,
  startScriptedModel,
} from '../../../../testing/model-server.ts'
import { defaultLimits } from '../host.ts'
import { messageOf } from '../runs/chunks.ts'
import { createGuard } from './guard.ts'
import { modelHistory } from './history.ts'
import { type ChatChunk, type LoopOutcome, runLoop, type Steered } from './loop.ts'
import { openLink } from './mcp-link.ts'
import { languageModel } from './model.ts'
import { wrapTools } from './toolbox.ts'

let fleet: FleetServer
let model: ScriptedModel | undefined
const now = () => new Date()

beforeEach(async () => {
  fleet = await startFleetServer()
})
afterEach(async () => {
  await model?.close()
  model = undefined
  await fleet.close()
})

interface Run {
  chunks: ChatChunk[]
  outcome: LoopOutcome
  text: string
}

async function run(
  script: (request: ModelRequest, turn: number) => Say,
  options: {
    limits?: Partial<typeof defaultLimits>
    signal?: AbortSignal
    onChunk?: (chunk: ChatChunk) => void
    steering?: () => Promise<Steered[]>
  } = {},
): Promise<Run> {
  model = await startScriptedModel(script)
  const limits = { ...defaultLimits, ...options.limits }
  const guard = createGuard()
  const link = openLink({ url: fleet.mcpUrl, token: 'agent-token', persona: 'default', now: Date.now })
  const tools = wrapTools(await link.tools(), { link, guard, timeoutMs: limits.toolMs, now })
  const loop = runLoop({
    model: languageModel({ name: 'm', baseUrl: model.url, demo: false }, 'scripted', {
      firstByteMs: limits.firstTokenMs,
    }),
    endpoint: { baseUrl: model.url, model: 'scripted' },
    instructions: 'be brief',
    messages: [{ role: 'user', content: 'hello' }],
    tools,
    guard,
    limits,
    signal: options.signal ?? new AbortController().signal,
    ...(options.steering && { steering: options.steering }),
  })
  const chunks: ChatChunk[] = []
  for (;;) {
    const next = await loop.next()
    if (next.done) {
      await link.close()
      const text = chunks.map((chunk) => (chunk.type === 'text-delta' ? chunk.delta : '')).join('')
      return { chunks, outcome: next.value, text }
    }
    chunks.push(next.value)
    options.onChunk?.(next.value)
  }
}

const failureOf = ({ chunks }: Run) => chunks.find((chunk) => chunk.type === 'data-failure')?.data
const outputs = ({ chunks }: Run) =>
  chunks.flatMap((chunk) => (chunk.type === 'tool-output-available' ? [chunk.output] : []))

describe('agent loop', () => {
  it('calls a tool over MCP with the agent token, reads plain text back and answers (CHT-024)', async () => {
    const result = await run((_request, turn) =>
      turn === 0
        ? { tools: [{ name: 'list_nodes', arguments: '{"cluster":"gpu-east"}' }], reasoning: 'Look first.' }
        : { text: 'gpu-east-gpu-00 has 8 free GPUs.' },
    )
    expect(result.text).toBe('gpu-east-gpu-00 has 8 free GPUs.')
    expect(result.outcome).toMatchObject({ end: 'done', inputTokens: 200, outputTokens: 40 })
    expect(fleet.tokens).toContain('Bearer agent-token')
    const second = model!.requests[1]!.messages
    expect(second.at(-1)).toMatchObject({ role: 'tool', content: expect.stringContaining('42 GPUs free') })
    expect(second.at(-1)!.content).not.toContain('{')
    expect(second.at(-2)).toMatchObject({ reasoning: 'Look first.' })
    expect(second.at(-2)).not.toHaveProperty('reasoning_content')
    expect(outputs(result)[0]).toMatchObject({ isError: false, answer: { card: 'nodes', result: 'res_nodes' } })
  })

  it('stops a model that repeats the same call', async () => {
    const result = await run(() => ({ tools: [{ name: 'list_alerts', arguments: '{"a":1}' }] }))
    expect(fleet.calls).toEqual(['list_alerts', 'list_alerts'])
    expect(result.outcome.end).toBe('failed')
    expect(failureOf(result)).toMatchObject({ code: 'loop', message: expect.stringContaining('list_alerts') })
  })

  it('stops after the step limit and says so', async () => {
    const result = await run(
      (_request, turn) => ({ tools: [{ name: 'list_alerts', arguments: `{"page":${turn}}` }] }),
      {
        limits: { steps: 3 },
      },
    )
    expect(model!.requests).toHaveLength(3)
    expect(result.chunks.at(-1)).toMatchObject({
      type: 'data-notice',
      data: { text: expect.stringContaining('3 steps') },
    })
  })

  it('tells the model about an unknown tool and goes on', async () => {
    const result = await run((_request, turn) =>
      turn === 0 ? { tools: [{ name: 'reboot_universe', arguments: '{}' }] } : { text: 'I cannot do that.' },
    )
    expect(model!.requests[1]!.messages.at(-1)).toMatchObject({
      role: 'tool',
      content: expect.stringContaining('reboot_universe'),
    })
    expect(result.text).toBe('I cannot do that.')
    expect(result.outcome.end).toBe('done')
  })

  it('takes a tool name in another spelling', async () => {
    const { chunks } = await run((_request, turn) =>
      turn === 0 ? { tools: [{ name: 'ListNodes', arguments: '{}' }] } : { text: 'ok' },
    )
    expect(fleet.calls).toEqual(['list_nodes'])
    const message = await messageOf([{ type: 'start', messageId: 'm' }, ...chunks])
    const calls = message!.parts.filter((part) => 'toolCallId' in part)
    expect(calls).toMatchObject([{ type: 'dynamic-tool', toolName: 'list_nodes', state: 'output-available' }])
  })

  it('repairs broken JSON arguments', async () => {
    const result = await run((_request, turn) =>
      turn === 0 ? { tools: [{ name: 'list_nodes', arguments: "{cluster: 'gpu-east', free: 2," }] } : { text: 'ok' },
    )
    expect(fleet.calls).toEqual(['list_nodes'])
    expect(result.outcome.end).toBe('done')
  })

  it('tells the model about arguments beyond repair and goes on', async () => {
    const result = await run((_request, turn) =>
      turn === 0 ? { tools: [{ name: 'list_nodes', arguments: 'gpu-east please' }] } : { text: 'ok' },
    )
    expect(fleet.calls).toEqual([])
    expect(result.text).toBe('ok')
  })

  it('ends the turn when a change waits for approval', async () => {
    const result = await run(() => ({ tools: [{ name: 'deploy_model', arguments: '{}' }] }))
    expect(model!.requests).toHaveLength(1)
    expect(result.outcome.end).toBe('approval')
    expect(outputs(result)[0]).toMatchObject({ answer: { card: 'approval', approval: { state: 'pending' } } })
  })

  it('gives a failing tool back to the model as text and to the card as an error (CHT-034)', async () => {
    const result = await run((_request, turn) =>
      turn === 0 ? { tools: [{ name: 'fail_tool', arguments: '{}' }] } : { text: 'edge-1 is silent.' },
    )
    expect(outputs(result)[0]).toMatchObject({ isError: true, answer: { card: 'error' } })
    expect(result.outcome.end).toBe('done')
  })

  it('gives up on a tool that does not answer in time and goes on', async () => {
    const result = await run(
      (_request, turn) => (turn === 0 ? { tools: [{ name: 'slow_tool', arguments: '{}' }] } : { text: 'too slow' }),
      { limits: { toolMs: 300 } },
    )
    expect(outputs(result)[0]).toMatchObject({ isError: true, answer: { error: { code: 'upstream-timeout' } } })
    expect(result.text).toBe('too slow')
  })

  it('survives a server that is gone in the middle', async () => {
    const result = await run((_request, turn) => {
      if (turn === 0) {
        void fleet.close()
        return { tools: [{ name: 'list_nodes', arguments: '{}' }] }
      }
      return { text: 'The server is gone.' }
    })
    expect(outputs(result)[0]).toMatchObject({ isError: true })
    expect(result.text).toBe('The server is gone.')
    fleet = await startFleetServer()
  })

  it('aborts model and tool on stop and closes the open call (CHT-025)', async () => {
    const stop = new AbortController()
    const result = await run(() => ({ tools: [{ name: 'slow_tool', arguments: '{}' }] }), {
      signal: stop.signal,
      onChunk: (chunk) => {
        if (chunk.type === 'tool-input-available') setTimeout(() => stop.abort(), 50)
      },
    })
    expect(result.outcome.end).toBe('stopped')
    expect(result.chunks.at(-1)).toMatchObject({
      type: 'tool-output-error',
      errorText: expect.stringContaining('Stopped'),
    })
    await expect.poll(() => fleet.slowAborted()).toBe(1)
  })

  it('aborts the stream of the model on stop and keeps what was said', async () => {
    const stop = new AbortController()
    let seen = 0
    const result = await run(() => ({ text: 'word '.repeat(500), pieceMs: 5 }), {
      signal: stop.signal,
      onChunk: (chunk) => {
        if (chunk.type === 'text-delta' && ++seen === 10) stop.abort()
      },
    })
    expect(result.outcome.end).toBe('stopped')
    expect(result.text.length).toBeGreaterThan(30)
    expect(result.text.length).toBeLessThan(1000)
    await expect.poll(() => model!.aborted()).toBe(1)
  })

  it.each([
    [401, 'model-denied'],
    [404, 'model-not-available'],
    [429, 'rate-limited'],
    [500, 'upstream-error'],
    [503, 'upstream-error'],
  ])(
    'says what a %s of the model endpoint means',
    async (status, code) => {
      const result = await run(() => ({ status }))
      expect(failureOf(result)).toMatchObject({ code, next: expect.stringMatching(/\w/) })
      expect(result.outcome.end).toBe('failed')
    },
    20_000,
  )

  it('says that nothing answers at the endpoint', async () => {
    const dead = await startScriptedModel(() => ({ hang: true }))
    const { url } = dead
    await dead.close()
    const loop = runLoop({
      model: languageModel({ name: 'm', baseUrl: url, demo: false }, 'm'),
      endpoint: { baseUrl: url, model: 'm' },
      instructions: '',
      messages: [{ role: 'user', content: 'hi' }],
      tools: {},
      guard: createGuard(),
      limits: defaultLimits,
      signal: new AbortController().signal,
    })
    const chunks: ChatChunk[] = []
    for await (const chunk of loop) chunks.push(chunk)
    expect(chunks.find((chunk) => chunk.type === 'data-failure')?.data).toMatchObject({
      code: 'upstream-unreachable',
      modelDown: true,
    })
  }, 20_000)

  it('does not wait for ever for the first token', async () => {
    const result = await run(() => ({ hang: true }), { limits: { firstTokenMs: 200 } })
    expect(failureOf(result)).toMatchObject({ code: 'upstream-timeout', retry: true })
  }, 20_000)

  it('keeps what was said when the stream is cut', async () => {
    const result = await run(() => ({ cutAfter: 'Three nodes are' }))
    expect(result.text).toBe('Three nodes are')
    expect(result.chunks.filter((chunk) => chunk.type === 'text-end')).toHaveLength(1)
    expect(failureOf(result)).toMatchObject({ code: 'upstream-garbage', retry: true })
  })

  it('survives garbage instead of a stream', async () => {
    const result = await run(() => ({ raw: 'data: {"oops": tru\n\nhello?\n\n' }))
    expect(result.outcome.end).toBe('failed')
    expect(failureOf(result)).toBeDefined()
  })
})

it('hears what is said into it at its next step, and reads it there again in every later turn (CHT-017)', async () => {
  const waiting: Steered[] = [{ id: 's1', text: 'only gpu-west' }]
  const said = await run(
    (_, turn) => (turn === 0 ? { tools: [{ name: 'list_nodes', arguments: '{}' }] } : { text: 'Two there.' }),
    { steering: async () => waiting.splice(0) },
  )
  const kinds = said.chunks.map(({ type }) => type)
  expect(kinds.indexOf('data-steered')).toBeGreaterThan(kinds.indexOf('tool-output-available'))
  expect(kinds.indexOf('data-steered')).toBeLessThan(kinds.indexOf('text-delta'))
  const [first, second] = model!.requests
  expect(first!.messages.map(({ role }) => role)).toEqual(['system', 'user'])
  expect(second!.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool', 'user'])
  expect(second!.messages.at(-1)).toMatchObject({ role: 'user', content: 'only gpu-west' })
  const answer = await messageOf([{ type: 'start', messageId: 'a1' }, ...said.chunks, { type: 'finish' }])
  const { messages } = await modelHistory([answer!])
  expect(messages.map(({ role }) => role)).toEqual(['assistant', 'tool', 'user', 'assistant'])
  expect(messages[2]!.content).toEqual([{ type: 'text', text: 'only gpu-west' }])
})
