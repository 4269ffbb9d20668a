import { AsyncLocalStorage } from 'node:async_hooks'
import { Worker } from 'node:worker_threads'
import { DatabaseUnavailable } from './errors.ts'
import type { Request, Response, WireError, WireResult, WorkerStart } from './pglite-protocol.ts'

type Ask = Request extends infer R ? (R extends { id: number } ? Omit<R, 'id'> : never) : never
interface QueryOptions {
  rowMode?: 'array' | 'object'
}

export type OnLost = (ended: Promise<void>) => void

/** What drizzle-orm/pglite uses of a PGlite. */
export interface Session {
  query(sql: string, params?: unknown[], options?: QueryOptions): Promise<WireResult>
}

export interface PgliteClient extends Session {
  transaction<T>(work: (tx: Session) => Promise<T>): Promise<T>
  listen(channel: string, onPayload: (payload: string) => void): Promise<() => Promise<void>>
  /** The whole data folder as tar */
  dump(): Promise<Uint8Array>
  /** Why it cannot be used any more; undefined while it can */
  lost(): DatabaseUnavailable | undefined
  close(): Promise<void>
}

/** An error of the database, with SQLSTATE in `code`, as the drivers throw it. */
class QueryError extends Error {
  override readonly name = 'QueryError'
}

const diskIsFull = ({ code, message }: WireError) => code === '53100' || /No space left|ENOSPC|disk full/i.test(message)

function toError(error: WireError, fatal: boolean): Error {
  const cause = Object.assign(new QueryError(error.message), error)
  if (diskIsFull(error)) {
    return new DatabaseUnavailable('disk-full', 'The disk that holds the embedded database is full.', { cause })
  }
  if (fatal) return new DatabaseUnavailable('stopped', `The embedded database stopped: ${error.message}`, { cause })
  return cause
}

/**
 * Starts the embedded database in its own thread. One session: transactions and single queries wait for each other.
 * `onLost` is called once when the engine broke, with what resolves when its thread is gone.
 */
export async function startPglite(start: WorkerStart, onLost: OnLost = () => undefined): Promise<PgliteClient> {
  const worker = new Worker(new URL('./pglite-worker.ts', import.meta.url), {
    workerData: start,
    // the engine may print, and standard output belongs to the protocol of a stdio server; not read, because a stream
    // that flows keeps the process alive
    stdout: true,
    stderr: true,
  })

  const pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  const listeners = new Map<string, Set<(payload: string) => void>>()
  const inTransaction = new AsyncLocalStorage<{ active: boolean }>()
  let lastId = 0
  let lostBecause: DatabaseUnavailable | undefined
  let closing = false
  let tail: Promise<unknown> = Promise.resolve()

  function lose(reason: DatabaseUnavailable): void {
    if (lostBecause) return
    lostBecause = reason
    for (const { reject } of pending.values()) reject(reason)
    pending.clear()
    const ended = worker.terminate().then(() => undefined)
    if (!closing) onLost(ended)
  }

  function ask(request: Ask): Promise<unknown> {
    if (lostBecause) return Promise.reject(lostBecause)
    lastId += 1
    const id = lastId
    return new Promise((resolve, reject) => {
      // only a question that waits for its answer keeps the process alive
      worker.postMessage({ ...request, id })
      if (pending.size === 0) worker.ref()
      pending.set(id, { resolve, reject })
    })
  }

  function settle(id: number): { resolve: (value: unknown) => void; reject: (error: Error) => void } | undefined {
    const waiting = pending.get(id)
    pending.delete(id)
    if (pending.size === 0) worker.unref()
    return waiting
  }

  await new Promise<void>((resolve, reject) => {
    worker.on('message', (response: Response) => {
      if (response.kind === 'ready') resolve()
      else if (response.kind === 'done') settle(response.id)?.resolve(response.value)
      else if (response.kind === 'notification') {
        for (const listener of listeners.get(response.channel) ?? []) listener(response.payload)
      } else {
        const error = toError(response.error, response.fatal)
        settle(response.id)?.reject(error)
        if (response.fatal && error instanceof DatabaseUnavailable) lose(error)
      }
    })
    const stopped = (error: Error) => {
      const reason = toError({ message: error.message }, true) as DatabaseUnavailable
      lose(reason)
      reject(reason)
    }
    worker.on('error', stopped)
    worker.on('exit', (code) => stopped(new Error(`its thread ended with code ${code}`)))
  })
  worker.unref()

  function exclusive<T>(task: () => Promise<T>): Promise<T> {
    if (inTransaction.getStore()?.active) {
      return Promise.reject(
        new Error('Inside a transaction use its tx: this query would wait for the transaction itself.'),
      )
    }
    const run = tail.then(task, task)
    tail = run.catch(() => undefined)
    return run
  }

  const query: Session['query'] = (sql, params = [], { rowMode = 'object' } = {}) =>
    ask({ kind: 'query', sql, params, rowMode }) as Promise<WireResult>

  return {
    query: (sql, params, options) => exclusive(() => query(sql, params, options)),
    transaction: (work) =>
      exclusive(async () => {
        const scope = { active: true }
        const alive: Session['query'] = (sql, params, options) =>
          scope.active ? query(sql, params, options) : Promise.reject(new Error('This transaction has ended.'))
        await query('begin')
        try {
          const value = await inTransaction.run(scope, () => work({ query: alive }))
          scope.active = false
          const { command } = await query('commit')
          if (command === 'ROLLBACK') throw new Error('The transaction was rolled back: one of its statements failed.')
          return value
        } catch (error) {
          scope.active = false
          await query('rollback').catch(() => undefined)
          throw error
        }
      }),
    listen: async (channel, onPayload) => {
      const own = listeners.get(channel) ?? new Set()
      listeners.set(channel, own.add(onPayload))
      await exclusive(() => ask({ kind: 'listen', channel }))
      return async () => {
        own.delete(onPayload)
        if (own.size > 0 || lostBecause) return
        listeners.delete(channel)
        await exclusive(() => ask({ kind: 'unlisten', channel }))
      }
    },
    dump: () => exclusive(() => ask({ kind: 'dump' })) as Promise<Uint8Array>,
    lost: () => lostBecause,
    close: () =>
      exclusive(async () => {
        if (closing || lostBecause) return
        closing = true
        const ended = new Promise((resolve) => worker.once('exit', resolve))
        await ask({ kind: 'close' })
        worker.ref()
        await ended
      }),
  }
}
