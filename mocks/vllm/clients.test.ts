import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { isStepCount, jsonSchema, type ModelMessage, streamText, type ToolSet, tool } from 'ai'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEMO_MODEL, startVllm } from './main.ts'
import { NOW_MS, TOOLS } from './testing.ts'

let server: Awaited<ReturnType<typeof startVllm>>
beforeAll(async () => {
  server = await startVllm({ now: () => NOW_MS, tokensPerSecond: 20_000 })
})
afterAll(() => server.close())

const functions = TOOLS.map(({ name, description, schema }) => ({
  type: 'function' as const,
  function: { name, description, parameters: { ...schema } },
}))

describe('the openai client', () => {
  const client = () => new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 })

  it('lists the model', async () => {
    const { data } = await client().models.list()
    expect(data.map(({ id }) => id)).toEqual([DEMO_MODEL])
  })

  it('assembles parallel calls from their fragments', async () => {
    const stream = client().chat.completions.stream({
      model: DEMO_MODEL,
      messages: [{ role: 'user', content: 'What is wrong right now?' }],
      tools: functions,
      stream_options: { include_usage: true },
    })
    const final = await stream.finalChatCompletion()
    const { message, finish_reason } = final.choices[0]!
    expect(finish_reason).toBe('tool_calls')
    expect(
      message.tool_calls!.map((call) =>
        call.type === 'function' ? [call.function.name, JSON.parse(call.function.arguments)] : [],
      ),
    ).toEqual([
      ['list_alerts', {}],
      ['list_pods', { problemsOnly: true }],
    ])
    expect(final.usage!.completion_tokens).toBeGreaterThan(5)
  })

  it('sees errors with their status', async () => {
    await expect(
      client().chat.completions.create({ model: 'gpt-9', messages: [{ role: 'user', content: 'x' }] }),
    ).rejects.toMatchObject({ status: 404, type: 'NotFoundError' })
    const limited = client().chat.completions.create({
      model: `${DEMO_MODEL}:429`,
      messages: [{ role: 'user', content: 'x' }],
    })
    await expect(limited).rejects.toMatchObject({ status: 429 })
  })
})

describe('the AI SDK', () => {
  const results: Record<string, string> = {
    list_nodes:
      '2 nodes: 2 ready; GPUs 16, used 4, free 12\ncluster\tnode\tfree\ngpu-east\tgpu-east-h100-01\t8\ngpu-west\tgpu-west-h100-02\t4',
    list_alerts: '1 alert firing: GpuXid79 on gpu-east-h100-01',
    list_pods: 'None of 2000 pods is in trouble',
    deploy_model: 'Approval apr-7 is pending: a person must approve it.',
  }
  const called: { name: string; input: unknown }[] = []
  const offered = () =>
    Object.fromEntries(
      TOOLS.map(({ name, description, schema }) => [
        name,
        tool({
          description,
          inputSchema: jsonSchema<Record<string, unknown>>({ ...schema } as Parameters<typeof jsonSchema>[0]),
          execute: async (input): Promise<string> => {
            called.push({ name, input })
            return results[name] ?? 'done'
          },
        }),
      ]),
    ) satisfies ToolSet

  function ask(messages: ModelMessage[], model = DEMO_MODEL) {
    called.length = 0
    const provider = createOpenAICompatible({ name: 'vllm', baseURL: `${server.url}/v1`, includeUsage: true })
    return streamText({
      model: provider(model),
      messages,
      tools: offered(),
      stopWhen: isStepCount(6),
      maxRetries: 0,
      onError: () => {},
    })
  }

  it('goes through the steps of an agent: reasoning, calls, results, an answer with usage', async () => {
    const result = ask([{ role: 'user', content: 'Which nodes have free GPUs?' }])
    const text = await result.text
    expect(called).toEqual([{ name: 'list_nodes', input: { minFreeGpus: 1 } }])
    expect(text).toContain('free 12')
    expect(text).toContain('gpu-east-h100-01')
    const steps = await result.steps
    expect(steps.map(({ finishReason }) => finishReason)).toEqual(['tool-calls', 'stop'])
    expect(steps[0]!.reasoningText).toBe('I look for nodes with free GPUs.')
    expect(steps[1]!.usage.outputTokens).toBeGreaterThan(10)
    expect(steps[1]!.usage.inputTokens).toBeGreaterThan(steps[0]!.usage.inputTokens!)
  })

  it('runs parallel calls in one step', async () => {
    const result = ask([{ role: 'user', content: 'What is wrong right now?' }])
    expect(await result.text).toContain('GpuXid79')
    expect(called.map(({ name }) => name).sort()).toEqual(['list_alerts', 'list_pods'])
    expect(await result.steps).toHaveLength(2)
  })

  it('continues a conversation that the SDK kept', async () => {
    const first = ask([{ role: 'user', content: 'Which nodes have free GPUs?' }])
    await first.text
    const history: ModelMessage[] = [
      { role: 'user', content: 'Which nodes have free GPUs?' },
      ...(await first.response).messages,
    ]
    const second = ask([...history, { role: 'user', content: 'Deploy Qwen3-8B on two GPUs in gpu-east' }])
    expect(await second.text).toContain('waits for the approval of a person')
    expect(called).toEqual([{ name: 'deploy_model', input: { model: 'Qwen3-8B', cluster: 'gpu-east', gpus: 2 } }])
  })

  it('meets a model that loops, and stops it', async () => {
    const result = ask([{ role: 'user', content: 'go' }], `${DEMO_MODEL}:loop`)
    await result.consumeStream()
    expect(await result.steps).toHaveLength(6)
    expect(called).toHaveLength(6)
  })

  it.each(['unknown-tool', 'broken-json'])('recovers from %s', async (behaviour) => {
    const result = ask([{ role: 'user', content: 'Which nodes have free GPUs?' }], `${DEMO_MODEL}:${behaviour}`)
    await result.consumeStream()
    const steps = await result.steps
    expect(steps.at(-1)!.finishReason).toBe('stop')
    expect(steps.at(-1)!.text).not.toBe('')
  })
})
