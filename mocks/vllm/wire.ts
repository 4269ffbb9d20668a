import { z } from 'zod'
import type { JsonSchema } from './schema.ts'

export interface OfferedTool {
  name: string
  description: string
  schema: JsonSchema
}

export interface ChatMessage {
  role: string
  content: string
  toolCalls: { id: string; name: string; arguments: string }[]
  toolCallId?: string
}

/** A chat request with its options sorted out: `tools` is empty when `tool_choice` is `none`. */
export interface ChatRequest {
  model: string
  messages: ChatMessage[]
  tools: OfferedTool[]
  /** `auto`, `required`, or the one tool that must be called. */
  toolChoice: 'auto' | 'required' | { name: string }
  parallelToolCalls: boolean
  stream: boolean
  includeUsage: boolean
  continuousUsage: boolean
  includeReasoning: boolean
  /** Tokens that may be generated; undefined for as many as the context has room for. */
  maxTokens?: number
  stop: string[]
  /** The schema of the JSON that is asked for instead of text. */
  responseSchema?: JsonSchema
}

const content = z
  .union([z.string(), z.array(z.looseObject({ type: z.string().optional(), text: z.string().optional() })), z.null()])
  .optional()

const body = z.looseObject({
  model: z.string().nullish(),
  messages: z.array(
    z.looseObject({
      role: z.string(),
      content,
      tool_call_id: z.string().nullish(),
      tool_calls: z
        .array(
          z.looseObject({
            id: z.string().default(''),
            function: z.looseObject({ name: z.string(), arguments: z.string().nullish() }),
          }),
        )
        .nullish(),
    }),
  ),
  tools: z
    .array(
      z.looseObject({
        function: z.looseObject({
          name: z.string(),
          description: z.string().nullish(),
          parameters: z.record(z.string(), z.unknown()).nullish(),
        }),
      }),
    )
    .nullish(),
  tool_choice: z
    .union([z.enum(['none', 'auto', 'required']), z.looseObject({ function: z.object({ name: z.string() }) })])
    .nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z
    .looseObject({ include_usage: z.boolean().nullish(), continuous_usage_stats: z.boolean().nullish() })
    .nullish(),
  include_reasoning: z.boolean().nullish(),
  max_tokens: z.number().int().min(1).nullish(),
  max_completion_tokens: z.number().int().min(1).nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  response_format: z
    .looseObject({
      type: z.string(),
      json_schema: z.looseObject({ schema: z.record(z.string(), z.unknown()) }).optional(),
    })
    .nullish(),
})

/** Reads a request body. The result is the request, or the sentence that says what is wrong with it and where. */
export function readRequest(raw: unknown): { request: ChatRequest } | { problem: string; param?: string } {
  const parsed = body.safeParse(raw)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const param = issue?.path.join('.')
    return { problem: `${issue?.message ?? 'Invalid request'}${param ? `: ${param}` : ''}`, param: param || undefined }
  }
  const data = parsed.data
  if (data.messages.length === 0) return { problem: 'messages must not be empty', param: 'messages' }
  const choice = data.tool_choice ?? 'auto'
  const tools = choice === 'none' ? [] : (data.tools ?? []).map(readTool)
  if (typeof choice === 'object' && !tools.some(({ name }) => name === choice.function.name)) {
    return { problem: 'tool_choice has a function that is not in tools', param: 'tool_choice' }
  }
  const wantsJson = data.response_format?.type === 'json_schema' || data.response_format?.type === 'json_object'
  return {
    request: {
      model: data.model ?? '',
      messages: data.messages.map((message) => ({
        role: message.role,
        content: textOf(message.content),
        toolCallId: message.tool_call_id ?? undefined,
        toolCalls: (message.tool_calls ?? []).map((call) => ({
          id: call.id,
          name: call.function.name,
          arguments: call.function.arguments ?? '',
        })),
      })),
      tools,
      toolChoice:
        typeof choice === 'object' ? { name: choice.function.name } : choice === 'required' ? 'required' : 'auto',
      parallelToolCalls: data.parallel_tool_calls ?? true,
      stream: data.stream ?? false,
      includeUsage: data.stream_options?.include_usage ?? false,
      continuousUsage: data.stream_options?.continuous_usage_stats ?? false,
      includeReasoning: data.include_reasoning ?? true,
      maxTokens: data.max_completion_tokens ?? data.max_tokens ?? undefined,
      stop: typeof data.stop === 'string' ? [data.stop] : (data.stop ?? []),
      responseSchema: wantsJson
        ? ((data.response_format?.json_schema?.schema as JsonSchema | undefined) ?? {})
        : undefined,
    },
  }
}

function readTool(tool: {
  function: { name: string; description?: string | null; parameters?: Record<string, unknown> | null }
}): OfferedTool {
  const { name, description, parameters } = tool.function
  return {
    name,
    description: description ?? '',
    schema: (parameters ?? { type: 'object', properties: {} }) as JsonSchema,
  }
}

function textOf(value: z.infer<typeof content>): string {
  if (typeof value === 'string') return value
  return (value ?? []).map((part) => part.text ?? '').join('\n')
}
