import { dynamicTool, type JSONSchema7, jsonSchema, type ToolSet } from 'ai'
import type { Answer } from '#contract'
import type { ToolOutput } from '../../types.ts'
import type { Guard } from './guard.ts'
import type { McpLink, ToolDefinition } from './mcp-link.ts'
import { modelText } from './model-text.ts'

const cardOf = 'quartermaster/card'

/** A failed call as the model and the card get it. */
function failedCall(code: string, message: string, next: string, tookMs: number, now: Date): ToolOutput {
  const answer: Answer = { card: 'error', error: { code, message, next }, at: now.toISOString() }
  return { text: `${message} ${next}`, answer, isError: true, tookMs }
}

/**
 * The server's tools as the agent loop uses them. The model reads only the plain text of an answer; the envelope goes to
 * the card. A call never throws except when the run itself is aborted: the model is told what went wrong instead.
 */
export function wrapTools(
  definitions: readonly ToolDefinition[],
  deps: {
    link: McpLink
    guard: Guard
    /** How long a call may take, asked when it begins */
    timeoutMs: number | (() => number)
    now: () => Date
    /** The next evidence id; asked once for each call, in the order of the calls */
    evidence?: () => string
  },
): ToolSet {
  const { link, guard, now } = deps
  const tools: ToolSet = {}
  for (const definition of definitions) {
    const { name } = definition
    tools[name] = dynamicTool({
      description: definition.description ?? '',
      title: definition.title ?? definition.annotations?.title,
      // The thread makes room for the card while the call runs
      ...(typeof definition._meta?.[cardOf] === 'string' && { metadata: { card: definition._meta[cardOf] } }),
      inputSchema: jsonSchema(definition.inputSchema as JSONSchema7),
      async execute(input, { abortSignal }): Promise<ToolOutput> {
        const evidence = deps.evidence?.()
        const failed = (...facts: Parameters<typeof failedCall>) => named(failedCall(...facts))
        const named = (output: ToolOutput): ToolOutput => (evidence === undefined ? output : { ...output, evidence })
        if (guard.closed())
          return failed(
            'invalid-request',
            `${name} was not called: no more calls are made in this answer.`,
            'Say what is known, and which call comes next.',
            0,
            now(),
          )
        if (!guard.admit(name, input))
          return failed(
            'invalid-request',
            `${name} was called again and again with the same arguments.`,
            'Use the answer you already have, or change the arguments.',
            0,
            now(),
          )
        const timeoutMs = typeof deps.timeoutMs === 'number' ? deps.timeoutMs : deps.timeoutMs()
        const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(abortSignal ? [abortSignal] : [])])
        const started = now().getTime()
        try {
          const output = await settle(link.call(name, input, signal, timeoutMs), signal)
          if (output.answer?.approval?.state === 'pending') guard.waitFor(output.answer.approval.id)
          return named(output)
        } catch (error) {
          if (abortSignal?.aborted) throw error
          const tookMs = now().getTime() - started
          if (signal.aborted || /timed? ?out/i.test(String(error)))
            return failed(
              'upstream-timeout',
              `${name} did not answer within ${Math.round(timeoutMs / 1000)} s.`,
              'Ask for less, for example one cluster or a shorter time range, or try again.',
              tookMs,
              now(),
            )
          return failed(
            'upstream-error',
            `${name} could not be called: ${error instanceof Error ? error.message.slice(0, 300) : 'unknown error'}.`,
            'Try another tool, or say that this could not be read.',
            tookMs,
            now(),
          )
        }
      },
      toModelOutput: ({ output }) => ({ type: 'text', value: modelText(output as ToolOutput) }),
    })
  }
  return tools
}

/** Rejects as soon as the signal fires, even where the transport does not listen to it. */
function settle<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
