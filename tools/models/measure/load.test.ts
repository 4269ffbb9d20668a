import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import type { Question, Streamed } from '../../clients/vllm/types.ts'
import { type LoadParts, runLoad } from './load.ts'
import { promptOf } from './prompt.ts'
import { boundOf, type LoadSettings } from './settings.ts'
import { factsOf, metricsOf, notesOf, totalsOf, verdictOf } from './summary.ts'

const settings: LoadSettings = {
  concurrency: 4,
  requests: 12,
  inputTokens: 64,
  outputTokens: 8,
  seconds: 10,
  sharedPrefixTokens: 0,
}

/** A model on a clock of its own: each answer takes `ttftMs` and then `itlMs` a token, however long the test takes. */
function timedModel({
  ttftMs = 40,
  itlMs = 10,
  tokens = 8,
  fail,
}: Partial<{
  ttftMs: number
  itlMs: number
  tokens: number
  fail: (call: number) => Error | undefined
}> = {}) {
  let nowMs = 0
  let running = 0
  const seen = { most: 0, prompts: [] as string[], calls: 0 }
  return {
    seen,
    clock: () => nowMs,
    model: {
      async stream(question: Question): Promise<Streamed> {
        const call = seen.calls++
        seen.prompts.push(question.prompt)
        seen.most = Math.max(seen.most, ++running)
        const sentMs = nowMs
        await Promise.resolve()
        running--
        question.signal?.throwIfAborted()
        const error = fail?.(call)
        if (error) throw error
        const chunkMs = Array.from({ length: tokens }, (_, index) => sentMs + ttftMs + index * itlMs)
        nowMs = Math.max(nowMs, chunkMs.at(-1) ?? nowMs)
        return {
          text: 'x',
          sentMs,
          chunkMs,
          endedMs: chunkMs.at(-1) ?? sentMs,
          completionTokens: tokens,
          promptTokens: 70,
        }
      },
    },
  }
}
type Timed = ReturnType<typeof timedModel>
const never = () => new AbortController().signal
const load = ({ model, clock }: Timed, more: Partial<LoadParts> = {}) =>
  runLoad({ model, clock, name: 'm', api: 'chat', settings, run: 'r', deadline: never(), signal: never(), ...more })

describe('the load', () => {
  it('sends what was stated, at most so many at once, and measures all but the warm-up', async () => {
    const timed = timedModel()
    const result = await load(timed)
    expect(result.samples).toHaveLength(12)
    expect(timed.seen).toMatchObject({ calls: 16, most: 4 })
    expect(boundOf(settings)).toContain('at most 18 requests, 4 at once')
    const metrics = metricsOf(result.samples, settings)
    expect(metrics.map(({ id, p50 }) => [id, p50])).toEqual([
      ['ttft', 40],
      ['itl', 10],
      ['tpot', 10],
      ['e2e', 110],
      ['rate', 72.73],
    ])
  })

  it('makes prompts shorter where a word is several tokens', async () => {
    const timed = timedModel()
    await load(timed, { settings: { ...settings, inputTokens: 400 }, wordsPerToken: 0.25 })
    const lengths = timed.seen.prompts.map((prompt) => prompt.split(' ').length)
    expect(Math.max(...lengths)).toBeLessThan(120)
    expect(Math.min(...lengths)).toBeGreaterThan(80)
  })

  it('never sends more than stated, whatever is asked of it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 32 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 9 }),
        async (concurrency, requests, every) => {
          const timed = timedModel({
            fail: (call) =>
              call % (every + 1) === every ? new ToolError('upstream-error', 'no', { next: '' }) : undefined,
          })
          const result = await load(timed, { settings: { ...settings, concurrency, requests } })
          expect(timed.seen.calls).toBeLessThanOrEqual(requests + Math.min(concurrency, requests))
          expect(timed.seen.most).toBeLessThanOrEqual(concurrency)
          expect(result.samples.length).toBeLessThanOrEqual(requests)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('stops by itself where the endpoint refuses: at once for good, after some where it may pass', async () => {
    const refusing = (code: 'upstream-denied' | 'rate-limited') =>
      timedModel({ fail: () => new ToolError(code, 'it says no', { next: 'wait' }) })
    const denied = refusing('upstream-denied')
    expect(await load(denied)).toMatchObject({ samples: [], stopped: expect.stringContaining('refuses') })
    expect(denied.seen.calls).toBeLessThanOrEqual(settings.concurrency)
    const busy = refusing('rate-limited')
    const result = await load(busy, { settings: { ...settings, requests: 200 } })
    expect(result.failures).toEqual([{ kind: 'rate-limited', count: expect.any(Number), text: 'it says no' }])
    expect(busy.seen.calls).toBeLessThanOrEqual(3 * settings.concurrency)
    expect(verdictOf(result, settings, []).verdict).toContain('one after the other')
  })

  it('ends with its time: what is under way then is unfinished, and not failed', async () => {
    const deadline = new AbortController()
    const timed = timedModel()
    const result = await load(timed, {
      deadline: deadline.signal,
      onProgress: ({ done }) => done >= 8 && deadline.abort(),
    })
    expect(result.samples.length).toBeGreaterThan(0)
    expect(result.samples.length + result.unfinished).toBeLessThan(12)
    expect(result.failures).toEqual([])
  })

  it('throws where nobody wants it any more', async () => {
    const stop = new AbortController()
    await expect(load(timedModel(), { signal: stop.signal, onProgress: () => stop.abort() })).rejects.toThrow()
  })

  it('counts an answer without a token as failed', async () => {
    const result = await load(timedModel({ tokens: 0 }))
    expect(result).toMatchObject({ samples: [], failures: [{ kind: 'empty' }] })
  })
})

describe('prompts', () => {
  it('differ from their first word on, and are as long as asked for; a shared prefix is shared', () => {
    const of = (index: number, run = 'a') => promptOf({ run, index, tokens: 200, sharedTokens: 0 })
    const starts = [of(0), of(1), of(2), of(0, 'b')].map((text) => text.slice(0, 8))
    expect(new Set(starts).size).toBe(4)
    expect(of(0)).toBe(of(0))
    expect(of(0).split(' ').length).toBeGreaterThan(180)
    expect(of(0).split(' ').length).toBeLessThan(220)
    const shared = (index: number) => promptOf({ run: 'a', index, tokens: 200, sharedTokens: 100 })
    const common = shared(0).split(' ').slice(0, 100)
    expect(shared(1).split(' ').slice(0, 100)).toEqual(common)
    expect(shared(1)).not.toBe(shared(0))
  })
})

describe('what is said of a load', () => {
  const result = { failures: [], unfinished: 0, wallMs: 1000 }
  const sample = (ttftMs: number, more: Partial<Streamed> = {}): Streamed => ({
    text: '',
    sentMs: 0,
    chunkMs: [ttftMs, ttftMs + 20],
    endedMs: ttftMs + 20,
    completionTokens: 2,
    ...more,
  })

  it('goodput is the share within the objective of all that was answered or failed', () => {
    const samples = [sample(50), sample(60), sample(500)]
    const objective = { ...settings, ttftMs: 100, itlMs: 30 }
    expect(totalsOf({ ...result, samples }, objective).good).toBe(2)
    const failures = [{ kind: 'upstream-error', count: 1, text: 'x' }]
    const facts = factsOf({ ...result, samples, failures }, objective)
    expect(facts.find(({ label }) => label === 'Within the objective')?.value).toBe('2 of 4 (50 %), 2/s')
    expect(verdictOf({ ...result, samples }, objective, metricsOf(samples, objective))).toEqual({
      tone: 'warn',
      verdict: expect.stringContaining('2 of 3 within the objective'),
    })
  })

  it('says where tokens were not counted, and where chunks are not tokens', () => {
    expect(notesOf({ ...result, samples: [sample(50, { completionTokens: undefined })] }).join(' ')).toContain(
      'each chunk is taken for one',
    )
    expect(notesOf({ ...result, samples: [sample(50, { completionTokens: 8 })] }).join(' ')).toContain('4 tokens')
    expect(metricsOf([sample(50, { completionTokens: 5 })], settings).find(({ id }) => id === 'tpot')?.p50).toBe(5)
  })
})
