import { once } from 'node:events'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEMO_MODEL, startVllm } from './main.ts'
import { NOW_MS, TOOLS } from './testing.ts'

let server: Awaited<ReturnType<typeof startVllm>>
beforeAll(async () => {
  server = await startVllm({ now: () => NOW_MS, tokensPerSecond: Number.POSITIVE_INFINITY })
})
afterAll(() => server.close())

const tools = TOOLS.map(({ name, description, schema }) => ({
  type: 'function',
  function: { name, description, parameters: schema },
}))
const ask = (content: string) => ({ model: DEMO_MODEL, messages: [{ role: 'user', content }], tools })

function post(body: object, headers: Record<string, string> = {}, base = server.url) {
  return fetch(`${base}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

interface Chunk {
  id: string
  object: string
  created: number
  model: string
  choices: {
    index: number
    delta: {
      role?: string
      content?: string
      reasoning?: string
      tool_calls?: { index: number; id?: string; type?: string; function: { name?: string; arguments?: string } }[]
    }
    finish_reason: string | null
  }[]
  usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number }
}

async function events(response: Response): Promise<{ chunks: Chunk[]; last: string }> {
  const data = (await response.text())
    .split('\n\n')
    .filter(Boolean)
    .map((event) => event.replace(/^data: /, ''))
  return { chunks: data.slice(0, -1).map((text) => JSON.parse(text) as Chunk), last: data.at(-1) ?? '' }
}

describe('the stream', () => {
  it('is in the order of vLLM: role, reasoning, calls in fragments, finish, usage, [DONE]', async () => {
    const response = await post({
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
    const plain = await events(await post({ ...ask('hello'), stream: true }))
    expect(plain.chunks.every(({ usage }) => usage === undefined)).toBe(true)
    const every = await events(
      await post({
        ...ask('hello'),
        stream: true,
        stream_options: { include_usage: true, continuous_usage_stats: true },
      }),
    )
    expect(every.chunks.every(({ usage }) => usage !== undefined)).toBe(true)
  })

  it('adds up to what is answered without streaming', async () => {
    const { chunks } = await events(await post({ ...ask('hello'), stream: true }))
    const whole = (await (await post(ask('hello'))).json()) as {
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
    const short = await events(await post({ ...ask('hello'), stream: true, max_completion_tokens: 12 }))
    expect(short.chunks).toHaveLength(14)
    expect(short.chunks.at(-1)!.choices[0]!.finish_reason).toBe('length')
    const stopped = (await (await post({ ...ask('hello'), stop: ['demo model'] })).json()) as {
      choices: { message: { content: string }; stop_reason: string }[]
    }
    expect(stopped.choices[0]!.stop_reason).toBe('demo model')
    expect(stopped.choices[0]!.message.content).not.toContain('demo model')
  })

  it('obeys tool_choice and parallel_tool_calls', async () => {
    const call = async (extra: object, question = 'What is wrong right now?') =>
      (
        (await (await post({ ...ask(question), ...extra })).json()) as {
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
      await post({
        ...ask('Which nodes are free?'),
        response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
      })
    ).json()
    expect(JSON.parse(json.choices[0].message.content)).toEqual({ name: 'Which nodes are free' })
    const title = await (
      await post({
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
    await (await post({ ...ask('hello'), stream: true })).text()
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
    const response = await post(body)
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

describe('behaviours', () => {
  const behave = (behaviour: string, body: object = ask('Which nodes have free GPUs?')) =>
    post({ ...body, stream: true }, { 'x-demo-behaviour': behaviour })

  it('fail with a status', async () => {
    const limited = await behave('429')
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '1'])
    expect(await limited.json()).toMatchObject({ error: { code: 429 } })
    expect((await behave('500')).status).toBe(500)
  })

  it('loop for ever, by model name', async () => {
    const { chunks } = await events(
      await post({
        ...ask('x'),
        model: `${DEMO_MODEL}:loop`,
        stream: true,
        messages: [
          { role: 'user', content: 'x' },
          ...Array.from({ length: 30 }, () => ({ role: 'assistant', content: 'y' })),
        ],
      }),
    )
    expect(chunks.at(-1)!.choices[0]!.finish_reason).toBe('tool_calls')
  })

  it('call what is not offered, and send what is no JSON', async () => {
    const unknown = (await events(await behave('unknown-tool'))).chunks.flatMap(
      ({ choices }) => choices[0]!.delta.tool_calls ?? [],
    )
    expect(tools.map((tool) => tool.function.name)).not.toContain(unknown[0]!.function.name)
    const broken = (await events(await behave('broken-json'))).chunks.flatMap(
      ({ choices }) => choices[0]!.delta.tool_calls ?? [],
    )
    expect(() => JSON.parse(broken.map((part) => part.function.arguments ?? '').join(''))).toThrow()
  })

  it('cut the stream in the middle', async () => {
    const response = await behave('cut')
    await expect(response.text()).rejects.toThrow()
  })

  it('stream garbage', async () => {
    expect(await (await behave('garbage')).text()).toContain('<<<not json>>>')
  })

  it('send a burst of exactly so many tokens', async () => {
    const { chunks } = await events(
      await post(
        { ...ask('x'), stream: true, stream_options: { include_usage: true } },
        { 'x-demo-behaviour': 'burst:4000' },
      ),
    )
    expect(chunks.at(-1)!.usage!.completion_tokens).toBe(4000)
  })

  it('are set for the whole server too, and the header wins', async () => {
    const broken = await startVllm({ now: () => NOW_MS, behaviour: '500' })
    try {
      expect((await post(ask('hello'), {}, broken.url)).status).toBe(500)
      expect((await post(ask('hello'), { 'x-demo-behaviour': 'plain' }, broken.url)).status).toBe(200)
    } finally {
      await broken.close()
    }
  })

  it.each(['slow:50', 'hang'])('stop working when the client goes away: %s', async (behaviour) => {
    const metric = async (name: string) => {
      const text = await (await fetch(`${server.url}/metrics`)).text()
      return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
    }
    const labels = '\\{engine="0",model_name="quartermaster-demo"'
    const aborted = () => metric(`vllm:request_success_total${labels},finished_reason="abort"\\}`)
    const running = () => metric(`vllm:num_requests_running${labels}\\}`)
    const before = await aborted()
    const { hostname, port } = new URL(server.url)
    const sent = request({
      hostname,
      port,
      path: '/v1/chat/completions',
      method: 'POST',
      headers: { 'x-demo-behaviour': behaviour },
    })
    sent.on('error', () => {})
    sent.end(JSON.stringify({ ...ask('hello'), stream: true }))
    if (behaviour === 'hang') await once(sent, 'finish')
    else {
      const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream]
      response.on('error', () => {})
      await once(response, 'data')
    }
    expect(await running()).toBe(behaviour === 'hang' ? 0 : 1)
    sent.destroy()
    await expect.poll(running).toBe(0)
    if (behaviour !== 'hang') await expect.poll(aborted).toBe(before + 1)
  })
})
