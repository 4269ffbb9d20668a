import { type ClusterAnswer, isToolError, ToolError } from '#contract'
import type { FanOut } from './define.ts'

export interface FanOutOptions {
  /** Time each cluster gets (default 2 s) */
  timeoutMs?: number
  /** Clusters asked at the same time (default 10, MET-008) */
  concurrency?: number
  /** Aborts the whole fan-out; the only thing that makes it throw */
  signal: AbortSignal
  now: () => Date
}

type Task<T> = (cluster: string, signal: AbortSignal, begun: () => void) => Promise<T>

/** A cluster that has begun to answer does not hang: a large one gets this long from then on. */
const onceBegunMs = 8_000

// The answer carries only words; whoever must fail as a whole (see requireSome) needs the error behind them.
const causes = new WeakMap<ClusterAnswer, unknown>()

/**
 * Run `task` on each cluster, in parallel under a limit, each with its own time-out. One cluster's failure or hang is
 * an entry in `clusters`, never an exception (MET-009); a hung task is aborted and no longer waited for. Both lists
 * keep the order of `names`. A task that calls `begun` says that its cluster does not hang: it gets 8 s more. Throws only when
 * `signal` aborts.
 */
export async function fanOut<T>(names: readonly string[], task: Task<T>, options: FanOutOptions): Promise<FanOut<T>> {
  const { timeoutMs = 2000, concurrency = 10, signal, now } = options
  const slots: { answer: ClusterAnswer; value?: { cluster: string; value: T } }[] = new Array(names.length)
  let next = 0
  const worker = async () => {
    while (next < names.length && !signal.aborted) {
      const index = next++
      slots[index] = await askOne(names[index]!, task, { timeoutMs, signal, now })
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, names.length) }, worker))
  if (signal.aborted) throw cancelled(signal)
  return { values: slots.flatMap((slot) => slot.value ?? []), clusters: slots.map((slot) => slot.answer) }
}

async function askOne<T>(cluster: string, task: Task<T>, options: Required<Omit<FanOutOptions, 'concurrency'>>) {
  const { timeoutMs, signal, now } = options
  const startedMs = now().getTime()
  const tookMs = () => Math.max(0, now().getTime() - startedMs)
  const own = new AbortController()
  let stop: (() => void) | undefined
  let limitMs = timeoutMs
  let begun = () => {}
  const ended = new Promise<'timeout' | 'aborted'>((resolve) => {
    const late = () => resolve('timeout')
    let stopTimer = afterRunning(timeoutMs, late)
    begun = () => {
      begun = () => {}
      stopTimer()
      limitMs = Math.max(timeoutMs, onceBegunMs)
      stopTimer = afterRunning(limitMs, late)
    }
    const onAbort = () => resolve('aborted')
    signal.addEventListener('abort', onAbort, { once: true })
    stop = () => {
      begun = () => {}
      stopTimer()
      signal.removeEventListener('abort', onAbort)
    }
  })
  try {
    const work = Promise.resolve().then(() => task(cluster, own.signal, () => begun()))
    const first = await Promise.race([work.then((value) => ({ value })), ended])
    if (typeof first === 'object') {
      const answer: ClusterAnswer = { cluster, status: 'success', tookMs: tookMs() }
      return { answer, value: { cluster, value: first.value } }
    }
    // The task may still reject after it was aborted; nobody waits for it any more.
    work.catch(() => {})
    // Whoever stopped waiting for all of them says nothing about this cluster: only its own time-out counts against it.
    const error = first === 'aborted' ? signal.reason : timedOut(cluster, limitMs)
    own.abort(error)
    if (first === 'aborted') throw error
    return { answer: failed({ cluster, status: 'timeout', tookMs: tookMs(), error: error.message }, error) }
  } catch (error) {
    const status = isToolError(error) && error.code.endsWith('-timeout') ? 'timeout' : 'error'
    return { answer: failed({ cluster, status, tookMs: tookMs(), error: wordsOf(error) }, error) }
  } finally {
    stop?.()
  }
}

const slices = 10
/** A timer that is later than this was kept from running */
const stallMs = 100

/**
 * Calls `work` after this many milliseconds in which this process ran. While it stands still, starved or suspended, answers lie
 * unread: one long timer would fire first when it goes on, and blame the clusters.
 */
function afterRunning(ms: number, work: () => void): () => void {
  let due = performance.now() + ms
  let timer: NodeJS.Timeout
  const wait = () => {
    const began = performance.now()
    const sliceMs = Math.min(ms / slices, due - began)
    timer = setTimeout(() => {
      const lateMs = performance.now() - began - sliceMs
      if (lateMs > stallMs) due += lateMs
      if (performance.now() >= due) work()
      else wait()
    }, sliceMs)
  }
  wait()
  return () => clearTimeout(timer)
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error)).slice(0, 300)

function failed(answer: ClusterAnswer, cause: unknown): ClusterAnswer {
  causes.set(answer, cause)
  return answer
}

const timedOut = (cluster: string, timeoutMs: number) =>
  new ToolError('upstream-timeout', `${cluster} did not answer within ${timeoutMs} ms.`, {
    next: 'Try once more, ask for less, or look at it with get_cluster_status.',
    cluster,
  })

const cancelled = (signal: AbortSignal) =>
  isToolError(signal.reason)
    ? signal.reason
    : new ToolError('cancelled', 'The call was stopped before every cluster had answered.', {
        next: 'Ask again if the answer is still wanted.',
        cause: signal.reason,
      })

/** `gpu-west: …`, without the name twice where the error begins with it. */
const saidOf = ({ cluster, error = 'no answer' }: ClusterAnswer): string =>
  error.startsWith(cluster) ? error : `${cluster}: ${error}`

/** The error behind a failed entry, as it was thrown. */
export const causeOf = (answer: ClusterAnswer): unknown => causes.get(answer)

/**
 * Pass a fan-out on, or throw when clusters were asked and none answered: an answer without any fact must not look
 * like an empty fleet. With one cluster, or when all failed alike, the error keeps its code.
 */
export function requireSome<T>(result: FanOut<T>): FanOut<T> {
  if (result.values.length > 0 || result.clusters.length === 0) return result
  const errors = result.clusters.map(causeOf)
  const first = errors[0]
  if (errors.length === 1) throw first
  const known = errors.filter(isToolError)
  const alike = known.length === errors.length && known.every((error) => error.code === known[0]!.code)
  const slow = result.clusters.every((answer) => answer.status === 'timeout')
  const words = slow
    ? `in time: ${result.clusters.map((answer) => answer.cluster).join(', ')}.`
    : `: ${result.clusters.map((answer) => saidOf(answer)).join('; ')}`
  throw new ToolError(
    alike ? known[0]!.code : 'upstream-unreachable',
    `None of the ${errors.length} clusters answered${slow ? ' ' : ''}${words}`.slice(0, 1500),
    {
      next: slow
        ? 'Try once more, or ask for less: one cluster, a shorter time. How they are: list_clusters.'
        : ((alike ? known[0]?.options.next : undefined) ??
          'Look at the clusters with list_clusters and get_cluster_status.'),
      details: { ...(alike && known[0]?.options.details), clusters: result.clusters },
      cause: first,
    },
  )
}
