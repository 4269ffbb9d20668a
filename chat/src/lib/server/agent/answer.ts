import type { ChatMessage, Failure, RunEnd, Session, ToolOutput, Usage } from '../../types.ts'
import type { Language } from '../../words/index.ts'
import { noticesIn } from '../../words/notices-in.ts'
import type { AttachmentStore } from '../attachments/store.ts'
import { type ChatHost, defaultLimits, endpointsOf, type ModelEndpoint } from '../host.ts'
import { createAhead } from './ahead.ts'
import { createBudget, type NoticeWords } from './budget.ts'
import { compact, limitsFor, toCompact } from './compact.ts'
import { chosenFirst } from './endpoints.ts'
import { lastEvidence } from './evidence/corpus.ts'
import { followEvidence } from './evidence/follow.ts'
import { modelFailure } from './failure.ts'
import { type Answering, fallbackModel } from './fallback.ts'
import { fileTools, withFiles } from './files.ts'
import { createGuard } from './guard.ts'
import { windowOf } from './health.ts'
import { lastCompaction, modelHistory } from './history.ts'
import { type ChatChunk, type LoopOutcome, runLoop, type Steered } from './loop.ts'
import type { McpLink, ToolDefinition } from './mcp-link.ts'
import { languageModel, modelName } from './model.ts'
import { createOrigins } from './origin.ts'
import { buildInstructions } from './prompt.ts'
import { tokensOf } from './reduce.ts'
import { latestTodo, todoText, todoTools } from './todo.ts'
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
  /** Which language the person reads. Never rejects */
  language?: Promise<Language | undefined>
  /** What people said into the answer since its last step. Never rejects */
  steering?: () => Promise<Steered[]>
  /** What was attached to the questions */
  files: Pick<AttachmentStore, 'get'>
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
  usage?: Usage
  thoughtMs?: number
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
  const endpoints = chosenFirst(endpointsOf(host), session.model)
  let asked: Answering = { endpoint: endpoints[0]!, model: endpoints[0]!.model ?? '' }
  const words = noticesIn(await input.language)
  const notices = createNotices(words)
  const endpoint = {
    get baseUrl() {
      return asked.endpoint.baseUrl
    },
    get model() {
      return asked.model
    },
    get next() {
      return endpoints[(endpoints.indexOf(asked.endpoint) + 1) % endpoints.length]?.name
    },
  }
  try {
    const offered = await input.offered
    if ('error' in offered) {
      host.log.warn({ error: offered.error }, 'the tools could not be listed')
      yield notices.say('tools', words.noTools)
    }
    const persona = await input.persona
    const guard = createGuard()
    const budget = createBudget(limits, now)
    let last = lastEvidence(history)
    const definitions = 'value' in offered ? offered.value : []
    const facts = {
      personaPrompt: 'value' in persona ? persona.value : undefined,
      clusters: session.clusters,
      person: host.person,
      language: await input.language,
    }
    const fixedTokens = tokensOf(buildInstructions(facts)) + toolTokens(definitions)
    const { files } = input
    const shown = await withFiles(history, { files, vision: endpoints[0]!.vision ?? false })
    const { read, compaction } = yield* readHistory(
      { ...input, history: shown },
      { endpoint: endpoints[0]!, fixedTokens },
    )
    const todo = latestTodo(history)
    const ahead = createAhead()
    const tools = wrapTools(definitions, {
      link,
      guard,
      timeoutMs: budget.toolMs,
      now: () => new Date(now()),
      evidence: () => `e${++last}`,
    })
    const outcome = yield* withOrigins(
      { history, words },
      runLoop({
        model: fallbackModel({
          endpoints,
          firstTokenMs: limits.firstTokenMs,
          now,
          ahead,
          onAsk: (who) => {
            asked = who
          },
          onNoTools: notices.noTools,
          onStandIn: notices.standIn,
        }),
        endpoint: endpoints.length > 1 ? endpoint : Object.defineProperty(endpoint, 'next', { value: undefined }),
        instructions: buildInstructions({
          ...facts,
          digest: [read.digest ?? '', compaction && todo ? todoText(todo) : ''].filter(Boolean).join('\n') || undefined,
        }),
        messages: read.messages,
        tools:
          definitions.length > 0
            ? { ...tools, ...todoTools(), ...fileTools(history, files) }
            : fileTools(history, files),
        ahead,
        guard,
        budget,
        limits,
        contextWindow: () => windowOf(asked.endpoint),
        retries: endpoints.length > 1 ? 0 : 1,
        notices: notices.take,
        words,
        now,
        signal,
        ...(input.steering && { steering: input.steering }),
      }),
    )
    const { cachedTokens, contextTokens, modelMs, thoughtMs, ...told } = outcome
    return {
      ...told,
      model: asked.model,
      usage: usageOf(outcome, asked.endpoint),
      ...(thoughtMs > 0 && { thoughtMs: Math.round(thoughtMs) }),
    }
  } catch (error) {
    const none = { model: asked.model, inputTokens: 0, outputTokens: 0 }
    if (signal.aborted) return { end: 'stopped', ...none }
    host.log.error({ error, run: input.run }, 'a run failed')
    const failure = modelFailure(error, endpoint, words)
    yield { type: 'data-failure', id: 'failure', data: failure }
    return { end: 'failed', failure, ...none }
  }
}

/** The list is the same for all answers of a while, and long. */
const countedLists = new WeakMap<readonly ToolDefinition[], number>()

/** What a request spends on its tools. */
function toolTokens(definitions: readonly ToolDefinition[]): number {
  const known = countedLists.get(definitions)
  if (known !== undefined) return known
  const tokens = tokensOf(definitions.map(({ name, description, inputSchema }) => ({ name, description, inputSchema })))
  countedLists.set(definitions, tokens)
  return tokens
}

/** The conversation as the model reads it; summarised first, and said so, where it no longer fits. */
async function* readHistory(
  { history, signal, now }: AnswerInput,
  { endpoint, fixedTokens }: { endpoint: ModelEndpoint; fixedTokens: number },
) {
  const window = windowOf(endpoint)
  const known = lastCompaction(history)
  const count = toCompact(history, { window, fixedTokens, known })
  let compaction = known
  if (count !== undefined) {
    const model = endpoint.demo
      ? undefined
      : await modelName(endpoint, now(), signal).then(
          (name) => languageModel(endpoint, name, { firstByteMs: 20_000 }),
          () => undefined,
        )
    compaction = await compact(history, { count, known, window, model, signal })
    yield { type: 'data-compaction', id: 'compaction', data: compaction } satisfies ChatChunk
  }
  return { read: await modelHistory(history, limitsFor(window, fixedTokens), compaction), compaction }
}

/** Says so where the arguments of a planned change stand only in text from outside. */
async function* withOrigins<R>(
  { history, words }: { history: readonly ChatMessage[]; words: NoticeWords },
  chunks: AsyncGenerator<ChatChunk, R>,
): AsyncGenerator<ChatChunk, R> {
  const origins = createOrigins(history)
  const calls = new Map<string, { toolName: string; input: unknown }>()
  for (;;) {
    const next = await chunks.next()
    if (next.done) return next.value
    const chunk = next.value
    yield chunk
    if (chunk.type === 'tool-input-available') calls.set(chunk.toolCallId, chunk)
    const call = chunk.type === 'tool-output-available' ? calls.get(chunk.toolCallId) : undefined
    if (!call || chunk.type !== 'tool-output-available') continue
    const output = chunk.output as ToolOutput
    const values = output.answer?.approval ? origins.onlyOutside(call.input) : []
    if (values.length > 0)
      yield {
        type: 'data-notice',
        id: `origin-${chunk.toolCallId}`,
        data: {
          text: words.fromOutside(values.map((value) => words.quoted(value.slice(0, 80))).join(', ')),
        },
      }
    else if (typeof output?.text === 'string' && !output.answer?.approval) origins.read(call.toolName, output)
  }
}

function usageOf(outcome: LoopOutcome, endpoint: ModelEndpoint): Usage {
  const { inputTokens, outputTokens, cachedTokens, contextTokens, modelMs } = outcome
  const { costPerMillionTokens: price, gpus } = endpoint
  return {
    inputTokens,
    outputTokens,
    ...(cachedTokens > 0 && { cachedTokens }),
    ...(contextTokens > 0 && { contextTokens }),
    contextWindow: windowOf(endpoint),
    ...(gpus !== undefined && { gpuSeconds: Math.round((modelMs / 1000) * gpus * 10) / 10 }),
    ...(price && costOf((inputTokens * price.input + outputTokens * price.output) / 1e6)),
  }
}

function costOf(dollars: number): Pick<Usage, 'cost' | 'costUsd'> {
  const cents = Math.round(dollars * 100)
  return {
    costUsd: Math.round(dollars * 1e6) / 1e6,
    ...(cents > 0 && { cost: { amount: cents, currency: 'usd-cent' } }),
  }
}

/** Notices of the endpoints, each said once, in the order in which they came up. */
function createNotices(words: NoticeWords) {
  const said = new Set<string>()
  let open: ChatChunk[] = []
  const say = (id: string, text: string): ChatChunk => ({ type: 'data-notice', id, data: { text } })
  const once = (id: string, text: string) => {
    if (said.has(id)) return
    said.add(id)
    open.push(say(id, text))
  }
  return {
    say,
    noTools: ({ endpoint, model }: Answering) => once('no-tools', words.modelWithoutTools(model, endpoint.name)),
    standIn: ({ endpoint, model }: Answering, failed: { endpoint: ModelEndpoint; error: unknown }[]) => {
      const why = failed.map(
        (one) => modelFailure(one.error, { baseUrl: one.endpoint.baseUrl, model: '' }, words).message,
      )
      once(`stand-in-${endpoint.name}`, words.standIn(endpoint.name, model, why.join(' ')))
    },
    take: () => {
      const taken = open
      open = []
      return taken
    },
  }
}
