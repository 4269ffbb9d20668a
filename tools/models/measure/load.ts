import { isToolError } from '#contract'
import type { Question, ServedModel, Streamed } from '../../clients/vllm/types.ts'
import { promptOf } from './prompt.ts'
import { type LoadSettings, warmUpOf } from './settings.ts'

export interface Failure {
  kind: string
  count: number
  /** Of the first one */
  text: string
}

export interface LoadResult {
  /** Whole answers with at least one token, warm-up apart */
  samples: Streamed[]
  failures: Failure[]
  /** Cut off by the end of the time: neither measured nor failed */
  unfinished: number
  /** From the first request that is measured to the end of the last one, milliseconds */
  wallMs: number
  /** Why it ended before its requests and its time */
  stopped?: string
}

export interface LoadProgress {
  done: number
  failed: number
  /** Of all, with those that warm up */
  share: number
  samples: readonly Streamed[]
  elapsedMs: number
}

export interface LoadParts {
  model: Pick<ServedModel, 'stream'>
  /** As the endpoint lists it */
  name: string
  api: NonNullable<Question['api']>
  settings: LoadSettings
  /** Default 1 */
  wordsPerToken?: number
  /** What makes the prompts of this run its own */
  run: string
  /** Milliseconds that only grow */
  clock: () => number
  /** Ends the load; what is under way then is unfinished */
  deadline: AbortSignal
  /** Whoever asked does not want it any more: throws */
  signal: AbortSignal
  onProgress?: (progress: LoadProgress) => void
}

/** Asking again would only get the same answer. */
const final = new Set(['upstream-denied', 'not-found', 'invalid-request'])

/** As many failures one after the other as say that the endpoint cannot bear this. */
const patienceOf = ({ concurrency }: LoadSettings): number => Math.max(4, 2 * concurrency)

/**
 * A closed loop of streamed requests, at most `concurrency` at once and never more than were stated. It ends by itself: when all
 * requests were sent, when the time is over, or when the endpoint refuses. Throws only where `signal` aborts.
 */
export async function runLoad(parts: LoadParts): Promise<LoadResult> {
  const { model, name, api, settings, run, clock, deadline, signal } = parts
  const words = (tokens: number) => Math.round(tokens * (parts.wordsPerToken ?? 1))
  const ended = AbortSignal.any([signal, deadline])
  const failures = new Map<string, Failure>()
  const samples: Streamed[] = []
  const warmUp = warmUpOf(settings)
  const all = warmUp + settings.requests
  let next = 0
  let done = 0
  let failed = 0
  let streak = 0
  let unfinished = 0
  let startedMs: number | undefined
  let endedMs = 0
  let stopped: string | undefined

  const tell = () =>
    parts.onProgress?.({
      done,
      failed,
      share: (done + failed) / all,
      samples,
      elapsedMs: startedMs === undefined ? 0 : clock() - startedMs,
    })

  function fail(kind: string, text: string) {
    failed++
    streak++
    const known = failures.get(kind)
    if (known) known.count++
    else failures.set(kind, { kind, count: 1, text: text.slice(0, 300) })
    if (final.has(kind)) stopped ??= `the endpoint refuses: ${text.slice(0, 200)}`
    else if (streak >= patienceOf(settings)) stopped ??= `${streak} requests failed one after the other`
  }

  async function one(index: number) {
    const isMeasured = index >= warmUp
    if (isMeasured) startedMs ??= clock()
    try {
      const streamed = await model.stream({
        model: name,
        api,
        prompt: promptOf({
          run,
          index,
          tokens: words(settings.inputTokens),
          sharedTokens: words(settings.sharedPrefixTokens),
        }),
        maxTokens: settings.outputTokens,
        timeoutMs: settings.seconds * 1000,
        signal: ended,
      })
      if (streamed.chunkMs.length === 0) return fail('empty', 'The answer had no token')
      streak = 0
      done++
      if (!isMeasured) return
      samples.push(streamed)
      endedMs = Math.max(endedMs, streamed.endedMs)
    } catch (error) {
      signal.throwIfAborted()
      if (deadline.aborted) unfinished++
      else if (isToolError(error)) fail(error.code, error.message)
      else throw error
    } finally {
      tell()
    }
  }

  async function caller(until: number) {
    while (next < until && stopped === undefined && !ended.aborted) await one(next++)
  }
  const callers = (until: number) => Promise.all(Array.from({ length: settings.concurrency }, () => caller(until)))

  await callers(warmUp)
  await callers(all)
  signal.throwIfAborted()
  return {
    samples,
    failures: [...failures.values()].sort((a, b) => b.count - a.count),
    unfinished,
    wallMs: startedMs === undefined ? 0 : Math.max(0, endedMs - startedMs),
    ...(stopped !== undefined && { stopped }),
  }
}
