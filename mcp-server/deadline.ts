/** A limit on the time of one piece of work, which also ends when its caller no longer waits. */
export interface Deadline {
  signal: AbortSignal
  /** Ended by its time, and not by its caller */
  expired(): boolean
  /** The work is done: lets go of timer and caller */
  release(): void
}

/**
 * What AbortSignal.timeout and AbortSignal.any do together, but released with the work: those live on until the time is over, which
 * at two thousand calls a second is sixty thousand timers and signals that the garbage collector visits again and again.
 */
export function startDeadline(timeoutMs: number, caller?: AbortSignal): Deadline {
  const controller = new AbortController()
  let expired = false
  const timer = setTimeout(() => {
    expired = true
    controller.abort(new DOMException('The time for this call is over', 'TimeoutError'))
  }, timeoutMs)
  timer.unref()
  const follow = () => controller.abort(caller?.reason)
  if (caller?.aborted) follow()
  else caller?.addEventListener('abort', follow, { once: true })
  return {
    signal: controller.signal,
    expired: () => expired,
    release() {
      clearTimeout(timer)
      caller?.removeEventListener('abort', follow)
    },
  }
}
