import { type CardData, isToolError, type ProgressStep, type ToolError } from '#contract'
import type { Question, ServedModel, Streamed } from '../../clients/vllm/types.ts'
import { counted } from '../../table.ts'
import { figure, quoted } from '../../text.ts'
import { type LoadProgress, type LoadResult, runLoad } from './load.ts'
import { promptOf } from './prompt.ts'
import type { LoadSettings } from './settings.ts'
import { factsOf, metricsOf, notesOf, tokensOf, verdictOf } from './summary.ts'
import { servedName, type Target } from './target.ts'

export const measureSteps = {
  models: 'Lists its models',
  completion: 'Answers a question',
  stream: 'Streams an answer',
  load: 'Bears the load',
} as const
type StepId = keyof typeof measureSteps

type Shown = Pick<
  CardData['measurement'],
  'state' | 'verdict' | 'tone' | 'percent' | 'steps' | 'metrics' | 'facts' | 'failures' | 'notes'
>

export interface Measured extends Shown {
  /** What went wrong, where a step failed */
  error?: ToolError
  model?: string
}

export const firstLook = (now: Date): Shown => ({
  state: 'running',
  verdict: 'Being measured',
  tone: 'busy',
  percent: 0,
  steps: Object.entries(measureSteps).map(([id, label], index) => ({
    id,
    label,
    state: index === 0 ? 'running' : 'pending',
    ...(index === 0 && { at: now.toISOString() }),
  })),
  metrics: [],
  facts: [],
  failures: [],
  notes: [],
})

export interface StepParts {
  target: Target
  model: ServedModel
  asked: string | undefined
  settings: LoadSettings
  run: string
  clock: () => number
  now: () => Date
  deadline: () => AbortSignal
  signal: AbortSignal
  /** What a model says may hold what somebody once told it */
  redact: <T>(value: T) => T
  /** Hears of every change, also those that nobody needs to see */
  show(shown: Shown): void
}

const tryTimeoutMs = 20_000
const tryTokens = 24
const tryPrompt = 'Say in one short sentence that you are ready.'

/** A base model has no template for a conversation, and some servers have no such path. */
const wantsText = (error: unknown) =>
  isToolError(error) &&
  ((error.code === 'invalid-request' && /chat.?template/i.test(error.message)) ||
    (error.code === 'not-found' && !/model/i.test(error.message.replace(/^The model endpoint/, ''))))

/**
 * Words are about one token each in a usual vocabulary; in another one they may be several. The one prompt that was streamed tells, so
 * that the load has prompts of the length that was stated. Kept to a factor that no miscount can make wild.
 */
function wordsPerToken({ inputTokens }: LoadSettings, { promptTokens }: Streamed): number {
  return promptTokens === undefined || promptTokens === 0 ? 1 : Math.min(1.5, Math.max(0.1, inputTokens / promptTokens))
}

/** Model list, one answer, one stream, the load: each only where the one before it went well. Throws only where `signal` aborts. */
export async function measure(parts: StepParts): Promise<Measured> {
  const { target, model, settings, clock, now, signal } = parts
  let shown = firstLook(now())
  const put = (change: Partial<Shown>) => {
    shown = { ...shown, ...change }
    parts.show(shown)
  }
  const mark = (id: StepId, change: Partial<ProgressStep>, more: Partial<Shown> = {}) =>
    put({
      ...more,
      steps: shown.steps.map((step) => (step.id === id ? { ...step, ...change, at: now().toISOString() } : step)),
    })
  let current: StepId = 'models'
  let name: string | undefined
  const begin = (id: StepId, percent: number) => {
    current = id
    mark(id, { state: 'running' }, { percent })
  }
  const succeed = (detail: string) => mark(current, { state: 'succeeded', detail: detail.slice(0, 300) })

  try {
    const listed = await model.models({ timeoutMs: 10_000, signal })
    name = servedName(listed, target, parts.asked)
    succeed(`serves ${name}${listed.length > 1 ? ` and ${listed.length - 1} more` : ''}`)

    begin('completion', 5)
    const question: Question = { model: name, prompt: tryPrompt, maxTokens: tryTokens, timeoutMs: tryTimeoutMs, signal }
    const askedMs = clock()
    let api: NonNullable<Question['api']> = 'chat'
    const whole = await model.complete(question).catch((error) => {
      if (!wantsText(error)) throw error
      api = 'text'
      return model.complete({ ...question, api })
    })
    const took = figure(clock() - askedMs)
    const counts = whole.completionTokens === undefined ? '' : `, ${counted(whole.completionTokens, 'token')}`
    succeed(`${whole.text === '' ? 'an empty answer' : quoted(parts.redact(whole.text), 120)} in ${took} ms${counts}`)

    begin('stream', 12)
    const length = { tokens: settings.inputTokens, sharedTokens: settings.sharedPrefixTokens }
    const sample = promptOf({ run: `${parts.run} try`, index: 0, ...length })
    const streamed = await model.stream({ ...question, prompt: sample, api, firstTokenMs: tryTimeoutMs })
    const first = streamed.chunkMs[0]
    succeed(
      first === undefined
        ? 'ended well, without a token'
        : `first token after ${figure(first - streamed.sentMs)} ms, ${counted(tokensOf(streamed), 'token')} in ${figure(streamed.endedMs - streamed.sentMs)} ms`,
    )

    begin('load', 20)
    const result = await runLoad({
      wordsPerToken: wordsPerToken(settings, streamed),
      model,
      name,
      api,
      settings,
      run: parts.run,
      clock,
      deadline: parts.deadline(),
      signal,
      onProgress: (progress) => put(underway(progress, shown, settings)),
    })
    put(ended(result, { shown, settings, now: now() }))
    return { ...shown, model: name }
  } catch (error) {
    signal.throwIfAborted()
    if (!isToolError(error)) throw error
    const failedAt = current
    const label = measureSteps[failedAt]
    put({
      state: 'failed',
      tone: 'bad',
      percent: 100,
      verdict: `It failed at "${label}": ${error.message}`.slice(0, 500),
      steps: shown.steps.map((step) =>
        step.id === failedAt
          ? { ...step, state: 'failed', detail: error.message.slice(0, 300), at: now().toISOString() }
          : step.state === 'pending'
            ? { ...step, state: 'cancelled', detail: 'not tried' }
            : step,
      ),
    })
    return { ...shown, error, ...(name !== undefined && { model: name }) }
  }
}

/** Figures so far, while the load runs. */
function underway({ share, done, failed, samples, elapsedMs }: LoadProgress, shown: Shown, settings: LoadSettings) {
  const rate = elapsedMs > 0 ? samples.reduce((sum, one) => sum + tokensOf(one), 0) / (elapsedMs / 1000) : 0
  const words = `${done + failed} of ${settings.requests + Math.min(settings.concurrency, settings.requests)} requests${rate > 0 ? `, ${figure(rate)} tokens/s` : ''}${failed > 0 ? `, ${failed} failed` : ''}`
  return {
    percent: Math.min(99, Math.round(20 + 80 * share)),
    steps: shown.steps.map((step) => (step.id === 'load' ? { ...step, detail: words } : step)),
    metrics: metricsOf(samples, settings),
  }
}

function ended(result: LoadResult, { shown, settings, now }: { shown: Shown; settings: LoadSettings; now: Date }) {
  const metrics = metricsOf(result.samples, settings)
  const isGood = result.samples.length > 0 && result.stopped === undefined
  return {
    state: isGood ? ('succeeded' as const) : ('failed' as const),
    ...verdictOf(result, settings, metrics),
    percent: 100,
    metrics,
    facts: factsOf(result, settings),
    failures: result.failures.slice(0, 6),
    notes: notesOf(result),
    steps: shown.steps.map((step) =>
      step.id === 'load'
        ? {
            ...step,
            state: isGood ? ('succeeded' as const) : ('failed' as const),
            detail: `${counted(result.samples.length, 'request')} measured`,
            at: now.toISOString(),
          }
        : step,
    ),
  }
}
