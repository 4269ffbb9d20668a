import type { ChatMessage } from '../../types.ts'
import type { ChatHost } from '../host.ts'
import type { ChatStore, RunRow } from '../store/store.ts'
import type { RunLog } from './run-log.ts'

/** An answer that this process makes. */
export interface ActiveRun {
  row: RunRow
  log: RunLog
  stop: AbortController
  /** Resolves with the stored answer */
  done: Promise<ChatMessage | undefined>
}

export interface RunnerDeps {
  host: ChatHost
  store: ChatStore
  now: () => number
  newId: () => string
}

// Runs belong to the process and not to a request: a page that closes does not end them.
const active = new Map<string, ActiveRun>()

export const activeRun = (conversation: string): ActiveRun | undefined => active.get(conversation)

/** Makes it known; the answer takes it away again. */
export function register(conversation: string, run: ActiveRun): () => void {
  active.set(conversation, run)
  return () => {
    if (active.get(conversation)?.row === run.row) active.delete(conversation)
  }
}

/** What waits for the end of a run of this process. */
const waiting = new Map<string, (() => Promise<unknown>)[]>()

/** Does `work` when the run of this conversation has ended, however it ended. */
export function whenFree(conversation: string, work: () => Promise<unknown>): void {
  waiting.set(conversation, [...(waiting.get(conversation) ?? []), work])
}

/** Hands out what waited, once. */
export function takeWaiting(conversation: string): (() => Promise<unknown>)[] {
  const works = waiting.get(conversation) ?? []
  waiting.delete(conversation)
  return works
}

/**
 * Stops the run of a conversation that this process makes: model and tools. `run` names the one meant, so that a late click
 * cannot stop the next one. False when there is none such here.
 */
export function stopRun(conversation: string, run?: string): boolean {
  const going = active.get(conversation)
  if (!going || (run !== undefined && going.row.id !== run)) return false
  going.stop.abort(new DOMException('stopped by the person', 'AbortError'))
  return true
}
