import type { ChatMessage, Failure, RunEnd, Session } from '../../types.ts'
import { type ChatHost, defaultLimits } from '../host.ts'
import { lastEvidence } from './evidence/corpus.ts'
import { followEvidence } from './evidence/follow.ts'
import { modelFailure } from './failure.ts'
import { createGuard } from './guard.ts'
import { modelHistory } from './history.ts'
import { type ChatChunk, runLoop, type Steered } from './loop.ts'
import type { McpLink, ToolDefinition } from './mcp-link.ts'
import { languageModel, modelName } from './model.ts'
import { buildInstructions } from './prompt.ts'
import { wrapTools } from './toolbox.ts'

export type Settled<T> = { value: T } | { error: unknown }

/** The outcome of some work instead of a rejection, so that it can be waited for later. */
export const settled = <T>(work: Promise<T>): Promise<Settled<T>> =>
  work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )

export interface AnswerInput {
  host: ChatHost
  session: Session
  /** The branch that is answered, oldest first; ends with the question */
  history: ChatMessage[]
  link: McpLink
  /** Asked for when the run began */
  offered: Promise<Settled<ToolDefinition[]>>
  persona: Promise<Settled<string | undefined>>
  /** What people said into the answer since its last step. Never rejects */
  steering?: () => Promise<Steered[]>
  /** For the log */
  run: string
  signal: AbortSignal
  /** Epoch milliseconds */
  now: () => number
}

export interface AnswerOutcome {
  end: RunEnd
  model: string
  failure?: Failure
  inputTokens: number
  outputTokens: number
}

/**
 * One answer of the agent as UI message chunks, without `start` and `finish`. It never throws. Every part of the message
 * goes through here, in order: the claims of the evidence name parts by their place.
 */
export async function* makeAnswer(input: AnswerInput): AsyncGenerator<ChatChunk, AnswerOutcome> {
  const follower = followEvidence(input.history)
  const answer = answerOf(input)
  for (;;) {
    const next = await answer.next()
    if (next.done) return next.value
    yield next.value
    yield* follower.see(next.value)
  }
}

async function* answerOf(input: AnswerInput): AsyncGenerator<ChatChunk, AnswerOutcome> {
  const { host, session, history, link, signal, now } = input
  const limits = { ...defaultLimits, ...host.limits }
  const { llm } = host
  let name = llm.model ?? ''
  try {
    const offered = await input.offered
    if ('error' in offered) {
      host.log.warn({ error: offered.error }, 'the tools could not be listed')
      yield {
        type: 'data-notice',
        id: 'tools',
        data: { text: 'The tools cannot be reached right now, so nothing can be looked up.' },
      }
    }
    const persona = await input.persona
    name = await modelName(llm, now(), signal)
    const { messages, digest } = await modelHistory(history)
    const guard = createGuard()
    let last = lastEvidence(history)
    const outcome = yield* runLoop({
      model: languageModel(llm, name, limits.firstTokenMs),
      endpoint: { baseUrl: llm.baseUrl, model: name },
      instructions: buildInstructions({
        personaPrompt: 'value' in persona ? persona.value : undefined,
        clusters: session.clusters,
        person: host.person,
        digest,
      }),
      messages,
      tools:
        'value' in offered
          ? wrapTools(offered.value, {
              link,
              guard,
              timeoutMs: limits.toolMs,
              now: () => new Date(now()),
              evidence: () => `e${++last}`,
            })
          : {},
      guard,
      limits,
      signal,
      ...(input.steering && { steering: input.steering }),
    })
    return { ...outcome, model: name }
  } catch (error) {
    const none = { model: name, inputTokens: 0, outputTokens: 0 }
    if (signal.aborted) return { end: 'stopped', ...none }
    host.log.error({ error, run: input.run }, 'a run failed')
    const failure = modelFailure(error, { baseUrl: llm.baseUrl, model: name })
    yield { type: 'data-failure', id: 'failure', data: failure }
    return { end: 'failed', failure, ...none }
  }
}
