import { once } from 'node:events'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEMO_MODEL, startVllm } from './main.ts'
import { NOW_MS } from './testing.ts'
import { ask, events, post, tools } from './testing-http.ts'

let server: Awaited<ReturnType<typeof startVllm>>
beforeAll(async () => {
  server = await startVllm({ now: () => NOW_MS, tokensPerSecond: Number.POSITIVE_INFINITY })
})
afterAll(() => server.close())

describe('behaviours', () => {
  const behave = (behaviour: string, body: object = ask('Which nodes have free GPUs?')) =>
    post(server.url, { ...body, stream: true }, { 'x-demo-behaviour': behaviour })

  it('fail with a status', async () => {
    const limited = await behave('429')
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '1'])
    expect(await limited.json()).toMatchObject({ error: { code: 429 } })
    expect((await behave('500')).status).toBe(500)
  })

  it('loop for ever, by model name', async () => {
    const { chunks } = await events(
      await post(server.url, {
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
        server.url,
        { ...ask('x'), stream: true, stream_options: { include_usage: true } },
        { 'x-demo-behaviour': 'burst:4000' },
      ),
    )
    expect(chunks.at(-1)!.usage!.completion_tokens).toBe(4000)
  })

  it('are set for the whole server too, and the header wins', async () => {
    const broken = await startVllm({ now: () => NOW_MS, behaviour: '500' })
    try {
      expect((await post(broken.url, ask('hello'))).status).toBe(500)
      expect((await post(broken.url, ask('hello'), { 'x-demo-behaviour': 'plain' })).status).toBe(200)
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
