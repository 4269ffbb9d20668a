import { type Completion, complete } from './completion.ts'
import type { JsonSchema } from './schema.ts'
import { type ChatMessage, type OfferedTool, readRequest } from './wire.ts'

const string: JsonSchema = { type: 'string' }
const integer: JsonSchema = { type: 'integer', minimum: 0, maximum: 1024 }
const strings: JsonSchema = { type: 'array', items: string, maxItems: 200 }
const duration: JsonSchema = { type: 'string', pattern: '^[0-9]+[smhdw]$' }
const limit: JsonSchema = { type: 'integer', minimum: 1, maximum: 200, default: 50 }

function tool(name: string, properties: Record<string, JsonSchema>, required: string[] = []): OfferedTool {
  return {
    name,
    description: `${name} for tests`,
    schema: { type: 'object', properties, required, additionalProperties: false },
  }
}

/** Tools as a fleet server offers them, for tests. */
export const TOOLS: OfferedTool[] = [
  tool('list_nodes', {
    clusters: strings,
    pool: string,
    gpuModel: string,
    status: { type: 'string', enum: ['ready', 'not-ready', 'cordoned'] },
    minFreeGpus: integer,
    labels: { type: 'object', additionalProperties: string },
    text: string,
    limit,
  }),
  tool(
    'query_metrics',
    {
      query: string,
      clusters: strings,
      since: duration,
      start: { type: 'string', format: 'date-time' },
      end: { type: 'string', format: 'date-time' },
      step: duration,
    },
    ['query'],
  ),
  tool(
    'deploy_model',
    {
      model: string,
      cluster: string,
      gpus: { type: 'integer', minimum: 1, maximum: 64 },
      replicas: { type: 'integer', minimum: 1, maximum: 10, default: 1 },
      namespace: { type: 'string', default: 'inference' },
      name: string,
      engine: { type: 'string', enum: ['vllm', 'sglang', 'trtllm'], default: 'vllm' },
    },
    ['model', 'cluster'],
  ),
  tool(
    'launch_ray_cluster',
    {
      name: string,
      cluster: string,
      namespace: string,
      headGpus: integer,
      workers: { type: 'integer', minimum: 0, maximum: 64 },
      gpusPerWorker: integer,
    },
    ['name', 'workers'],
  ),
  tool('check_escrow', { job: string }, ['job']),
  tool('list_clusters', { status: string, limit }),
  tool('list_alerts', {
    clusters: strings,
    severity: { type: 'string', enum: ['critical', 'warning', 'info'] },
    state: { type: 'string', enum: ['firing', 'pending', 'resolved'] },
    limit,
  }),
  tool('list_pods', {
    clusters: strings,
    namespace: string,
    labelSelector: string,
    node: string,
    status: string,
    problemsOnly: { type: 'boolean' },
    text: string,
    limit,
  }),
  tool(
    'get_pod_logs',
    {
      cluster: string,
      namespace: string,
      pod: string,
      container: string,
      tailLines: { type: 'integer', minimum: 1, maximum: 1000 },
      since: duration,
      previous: { type: 'boolean' },
    },
    ['cluster', 'namespace', 'pod'],
  ),
  tool('diagnose_pod', { cluster: string, namespace: string, pod: string }, ['cluster', 'namespace', 'pod']),
  tool('list_models', { text: string, limit }),
  tool('list_deployments', { clusters: strings, namespace: string, model: string, status: string, limit }),
  tool('list_ray_clusters', { clusters: strings, namespace: string, limit }),
  tool('list_gpu_offers', { gpuModel: string, maxPricePerHour: { type: 'number', minimum: 0 }, gpus: integer, limit }),
  tool('search_tools', { query: string }, ['query']),
  tool('run_tool', { name: string, input: { type: 'object' } }, ['name', 'input']),
  tool('get_result', { result: string, cursor: string }, ['result']),
]

export const NOW_MS = Date.UTC(2026, 10, 20, 12)

export const toolsNamed = (...names: string[]) => TOOLS.filter(({ name }) => names.includes(name))
export const toolsWithout = (...names: string[]) => TOOLS.filter(({ name }) => !names.includes(name))

/** A conversation in the making: what people said, what was called and what came back, and what the model says next. */
export function chat(tools: OfferedTool[] = TOOLS, system = '') {
  const messages: ChatMessage[] = system ? [{ role: 'system', content: system, toolCalls: [] }] : []
  let count = 0
  const talk = {
    messages,
    /** The person says something; gives what the model says or calls. */
    ask(text: string): Completion {
      messages.push({ role: 'user', content: text, toolCalls: [] })
      return talk.next()
    },
    /** The calls that the model asked for come back with these texts, in order. */
    results(...texts: string[]): Completion {
      const called = talk.next()
      const ids = called.calls.map(() => `call-${count++}`)
      messages.push({
        role: 'assistant',
        content: called.content,
        toolCalls: called.calls.map((call, index) => ({ id: ids[index]!, name: call.name, arguments: call.arguments })),
      })
      ids.forEach((id, index) => {
        messages.push({ role: 'tool', content: texts[index] ?? texts.at(-1) ?? '', toolCalls: [], toolCallId: id })
      })
      return talk.next()
    },
    /** The model's answer is final and stays in the conversation. */
    keep(): string {
      const { content } = talk.next()
      messages.push({ role: 'assistant', content, toolCalls: [] })
      return content
    },
    next(): Completion {
      const read = readRequest({ model: 'quartermaster-demo', messages: [{ role: 'user', content: 'x' }], tools: [] })
      if ('problem' in read) throw new Error(read.problem)
      return complete({ ...read.request, messages, tools }, NOW_MS)
    },
  }
  return talk
}

/** `list_nodes {"minFreeGpus":1}`, one line a call. */
export function calls(completion: Completion): string[] {
  return completion.calls.map(({ name, arguments: json }) => `${name} ${json}`)
}
