import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { dynamicTool, jsonSchema } from 'ai'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultLimits } from '../host.ts'
import { messageOf } from '../runs/chunks.ts'
import { createAhead } from './ahead.ts'
import { createGuard } from './guard.ts'
import { type ChatChunk, runLoop } from './loop.ts'
import { languageModel } from './model.ts'

let url: string
let answer: (response: ServerResponse) => void
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  answer(response)
})
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
})
afterAll(() => server.close())

const event = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'c', created: 0, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
const call = (id: string) =>
  event({ tool_calls: [{ index: 0, id, type: 'function', function: { name: 'look', arguments: '{}' } }] })
const done = 'data: [DONE]\n\n'

/** What the loop makes of the model's answers, one for each step. */
async function* chunksOf(isAhead: boolean): AsyncGenerator<ChatChunk> {
  const ahead = isAhead ? createAhead() : undefined
  yield* runLoop({
    model: languageModel({ name: 'm', baseUrl: url, demo: false }, 'm', ahead ? { ahead } : {}),
    ...(ahead && { ahead }),
    endpoint: { baseUrl: url, model: 'm' },
    instructions: 'be brief',
    messages: [{ role: 'user', content: 'hello' }],
    tools: { look: dynamicTool({ inputSchema: jsonSchema({ type: 'object' }), execute: async () => 'seen' }) },
    guard: createGuard(),
    limits: { ...defaultLimits },
    retries: 0,
    signal: new AbortController().signal,
  })
}

/** Sends each step's text in pieces that end anywhere, even inside a character. */
function say(steps: readonly string[], cuts: readonly number[]) {
  let step = 0
  answer = async (response) => {
    let rest = Buffer.from(steps[step++] ?? done)
    for (let cut = 0; rest.length > 0; cut++) {
      const length = cuts.length > 0 ? cuts[cut % cuts.length]! : rest.length
      response.write(rest.subarray(0, length))
      rest = rest.subarray(length)
      await turn()
    }
    response.end()
  }
}

async function messageBy(isAhead: boolean, steps: readonly string[], cuts: readonly number[]) {
  say(steps, cuts)
  const chunks: ChatChunk[] = [{ type: 'start', messageId: 'm' }]
  for await (const chunk of chunksOf(isAhead)) chunks.push(chunk)
  const message = await messageOf(chunks)
  // The SDK draws the ids of parts
  return message?.parts.map((part) => ({ ...part, id: undefined }))
}

const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme' }) },
  fc.constantFrom('<', '<th', 'ink>', '</', '<think>', '</think>', ' a < b ', 'é🙂'),
)
const words = fc
  .tuple(
    fc.constantFrom('content', 'reasoning', 'reasoning_content', 'both', 'array'),
    fc.array(text, { maxLength: 6 }),
  )
  .map(([field, texts]) =>
    texts
      .map((one) =>
        field === 'both'
          ? event({ content: one, reasoning: one })
          : field === 'array'
            ? event({ content: [{ type: 'text', text: one }] })
            : event({ role: 'assistant', [field]: one, tool_calls: [] }),
      )
      .join(''),
  )
const between = fc.constantFrom(
  '',
  '',
  ': still there\n\n',
  event({}),
  event({ content: '' }),
  'data: {"choices":[]}\n\n',
)
const step = fc.array(fc.tuple(words, between), { minLength: 1, maxLength: 6 }).map((parts) => parts.flat().join(''))
const lines = fc.constantFrom<(steps: string) => string>(
  (steps) => steps,
  (steps) => steps.replaceAll('\n', '\r\n'),
)

describe('words ahead of the SDK', () => {
  it('make the same message of any stream, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 3 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 5 }),
        lines,
        async (said, cuts, ended) => {
          const steps = said.map((one, index) =>
            ended(`${one}${index < said.length - 1 ? call(`c${index}`) : event({ content: '.' }, 'stop')}${done}`),
          )
          expect(await messageBy(true, steps, cuts)).toEqual(await messageBy(false, steps, []))
        },
      ),
      { numRuns: 150 },
    )
  }, 60_000)

  it('reach the reader while the SDK still waits for more of them', async () => {
    let more = () => {}
    answer = (response) => {
      response.write(event({ content: 'one ' }))
      more = () => response.write(event({ content: 'two ' }) + event({ content: 'three ' }))
    }
    const chunks = chunksOf(true)
    let heard = ''
    while (heard !== 'one two three ') {
      const { value } = await chunks.next()
      if (value?.type === 'text-delta') heard += value.delta
      if (heard === 'one ') more()
    }
    void chunks.return(undefined)
    server.closeAllConnections()
  })
})
