import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEMO_MODEL, startVllm } from './main.ts'
import { NOW_MS } from './testing.ts'
import { ask, events, post } from './testing-http.ts'

let server: Awaited<ReturnType<typeof startVllm>>
beforeAll(async () => {
  server = await startVllm({ now: () => NOW_MS, tokensPerSecond: Number.POSITIVE_INFINITY })
})
afterAll(() => server.close())

const send = (body: object) => post(server.url, body)

describe('the stream', () => {
  it('is in the order of vLLM: role, reasoning, calls in fragments, finish, usage, [DONE]', async () => {
    const response = await send({
      ...ask('What is wrong right now?'),
      stream: true,
      stream_options: { include_usage: true },
    })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const { chunks, last } = await events(response)
    expect(last).toBe('[DONE]')
    expect(
      new Set(chunks.map(({ id, object, created, model }) => JSON.stringify([id, object, created, model]))).size,
    ).toBe(1)
    expect(chunks[0]).toMatchObject({ object: 'chat.completion.chunk', created: NOW_MS / 1000, model: DEMO_MODEL })
    expect(chunks[0]!.choices[0]).toEqual({
      index: 0,
      delta: { role: 'assistant', content: '' },
      logprobs: null,
      finish_reason: null,
    })
    const kinds = chunks.slice(1, -2).map(({ choices }) => Object.keys(choices[0]!.delta)[0])
    expect(kinds).toEqual(
      [...kinds].sort((a, b) => ['reasoning', 'tool_calls'].indexOf(a!) - ['reasoning', 'tool_calls'].indexOf(b!)),
    )
    const parts = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? [])
    const heads = parts.filter(({ id }) => id !== undefined)
    expect(heads.map(({ index, type, function: { name, arguments: json } }) => [index, type, name, json])).toEqual([
      [0, 'function', 'list_alerts', undefined],
      [1, 'function', 'list_pods', undefined],
    ])
    expect(new Set(heads.map(({ id }) => id)).size).toBe(2)
    const fragments = parts
      .filter(({ index, id }) => index === 1 && id === undefined)
      .map((part) => part.function.arguments)
    expect(fragments.length).toBeGreaterThan(2)
    expect(JSON.parse(fragments.join(''))).toEqual({ problemsOnly: true })
    expect(chunks.at(-2)!.choices[0]).toMatchObject({ delta: {}, finish_reason: 'tool_calls' })
    expect(chunks.at(-1)!.choices).toEqual([])
    const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = chunks.at(-1)!.usage!
    expect(completion).toBe(chunks.length - 3)
    expect(total).toBe(prompt + completion)
  })

  it('has no usage unless it is asked for, and with every chunk when it is', async () => {
    const plain = await events(await send({ ...ask('hello'), stream: true }))
    expect(plain.chunks.every(({ usage }) => usage === undefined)).toBe(true)
    const every = await events(
      await send({
        ...ask('hello'),
        stream: true,
        stream_options: { include_usage: true, continuous_usage_stats: true },
      }),
    )
    expect(every.chunks.every(({ usage }) => usage !== undefined)).toBe(true)
  })

  it('adds up to what is answered without streaming', async () => {
    const { chunks } = await events(await send({ ...ask('hello'), stream: true }))
    const whole = (await (await send(ask('hello'))).json()) as {
      choices: { message: { content: string; reasoning: string }; finish_reason: string }[]
    }
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(
      whole.choices[0]!.message.content,
    )
    expect(chunks.map(({ choices }) => choices[0]?.delta.reasoning ?? '').join('')).toBe(
      whole.choices[0]!.message.reasoning,
    )
    expect(chunks.at(-1)!.choices[0]!.finish_reason).toBe('stop')
    expect(whole.choices[0]!.finish_reason).toBe('stop')
  })

  it('ends at max_tokens with length, and at a stop string', async () => {
    const short = await events(await send({ ...ask('hello'), stream: true, max_completion_tokens: 12 }))
    expect(short.chunks).toHaveLength(14)
    expect(short.chunks.at(-1)!.choices[0]!.finish_reason).toBe('length')
    const stopped = (await (await send({ ...ask('hello'), stop: ['demo model'] })).json()) as {
      choices: { message: { content: string }; stop_reason: string }[]
    }
    expect(stopped.choices[0]!.stop_reason).toBe('demo model')
    expect(stopped.choices[0]!.message.content).not.toContain('demo model')
  })

  it('obeys tool_choice and parallel_tool_calls', async () => {
    const call = async (extra: object, question = 'What is wrong right now?') =>
      (
        (await (await send({ ...ask(question), ...extra })).json()) as {
          choices: {
            message: { tool_calls?: { function: { name: string; arguments: string } }[] }
            finish_reason: string
          }[]
        }
      ).choices[0]!
    expect((await call({ tool_choice: 'none' })).message.tool_calls).toBeUndefined()
    expect((await call({ parallel_tool_calls: false })).message.tool_calls).toHaveLength(1)
    const named = await call({ tool_choice: { type: 'function', function: { name: 'check_escrow' } } }, 'job 42')
    expect(named.message.tool_calls![0]!.function).toEqual({ name: 'check_escrow', arguments: '{"job":"42"}' })
    expect(named.finish_reason).toBe('stop')
    expect((await call({ tool_choice: 'required' }, 'hello')).message.tool_calls).toHaveLength(1)
  })

  it('writes JSON for a response schema and titles without tools', async () => {
    const schema = { type: 'object', properties: { name: { type: 'string', maxLength: 60 } }, required: ['name'] }
    const json = await (
      await send({
        ...ask('Which nodes are free?'),
        response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
      })
    ).json()
    expect(JSON.parse(json.choices[0].message.content)).toEqual({ name: 'Which nodes are free' })
    const title = await (
      await send({
        model: DEMO_MODEL,
        messages: [
          { role: 'system', content: 'Write a title for the conversation.' },
          { role: 'user', content: 'which nodes are free?' },
        ],
      })
    ).json()
    expect(title.choices[0].message.content).toBe('Which nodes are free')
  })
})

describe('other endpoints', () => {
  it('name the model with its length', async () => {
    const { data } = (await (await fetch(`${server.url}/v1/models`)).json()) as { data: object[] }
    expect(data).toMatchObject([{ id: DEMO_MODEL, object: 'model', max_model_len: 131_072 }])
    expect(await (await fetch(`${server.url}/version`)).json()).toEqual({ version: expect.any(String) })
    const health = await fetch(`${server.url}/health`)
    expect([health.status, await health.text()]).toEqual([200, ''])
  })

  it('count tokens', async () => {
    const response = await fetch(`${server.url}/tokenize`, {
      method: 'POST',
      body: JSON.stringify({ model: DEMO_MODEL, prompt: 'two GPUs, please' }),
    })
    const { count, tokens } = (await response.json()) as { count: number; tokens: number[] }
    expect(count).toBe(tokens.length)
    expect(count).toBe(4)
  })

  it('print vLLM metrics in Prometheus text that adds up', async () => {
    await (await send({ ...ask('hello'), stream: true })).text()
    const text = await (await fetch(`${server.url}/metrics`)).text()
    const sample = (name: string) =>
      Number(new RegExp(`^${name.replace(/[{}"]/g, '\\$&')}\\S* (\\S+)$`, 'm').exec(text)?.[1])
    expect(sample('vllm:num_requests_running{engine="0",model_name="quartermaster-demo"')).toBe(0)
    expect(sample('vllm:generation_tokens_total')).toBeGreaterThan(10)
    const count = sample('vllm:time_to_first_token_seconds_count')
    expect(count).toBeGreaterThan(0)
    expect(text).toContain(
      `vllm:time_to_first_token_seconds_bucket{engine="0",model_name="${DEMO_MODEL}",le="+Inf"} ${count}`,
    )
    expect(text).toMatch(/^vllm:request_success_total\{.*finished_reason="stop"\} [1-9]/m)
    const buckets = [...text.matchAll(/^vllm:time_to_first_token_seconds_bucket\S+ (\d+)$/gm)].map(([, value]) =>
      Number(value),
    )
    expect(buckets).toEqual([...buckets].sort((a, b) => a - b))
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) \S+ .+|[a-z0-9_:]+\{[^}]*\} \S+)$/)
  })
})

describe('errors have the shape of vLLM', () => {
  it.each<[string, object, number, string]>([
    ['an unknown model', { ...ask('hello'), model: 'gpt-9' }, 404, 'The model `gpt-9` does not exist.'],
    ['no messages', { model: DEMO_MODEL }, 400, 'messages'],
    ['empty messages', { model: DEMO_MODEL, messages: [] }, 400, 'messages'],
    ['a wrong type', { ...ask('hello'), max_tokens: 'many' }, 400, 'max_tokens'],
    [
      'a named tool that is not there',
      { ...ask('hello'), tool_choice: { type: 'function', function: { name: 'x' } } },
      400,
      'tool_choice',
    ],
    ['too long a context', ask('word '.repeat(140_000)), 400, 'maximum context length is 131072 tokens'],
    ['too many tokens asked for', { ...ask('hello'), max_tokens: 131_072 }, 400, 'maximum context length'],
  ])('%s', async (_, body, status, message) => {
    const response = await send(body)
    expect(response.status).toBe(status)
    const { error } = (await response.json()) as {
      error: { message: string; type: string; code: number; param: unknown }
    }
    expect(error.message).toContain(message)
    expect(error).toMatchObject({ code: status, type: status === 404 ? 'NotFoundError' : 'BadRequestError' })
  })

  it('for what is no JSON, no path or no method', async () => {
    const broken = await fetch(`${server.url}/v1/chat/completions`, { method: 'POST', body: '{"model": ' })
    expect([broken.status, await broken.json()]).toMatchObject([400, { error: { code: 400 } }])
    expect((await fetch(`${server.url}/v1/nothing`)).status).toBe(404)
    expect((await fetch(`${server.url}/v1/chat/completions`)).status).toBe(405)
  })
})
