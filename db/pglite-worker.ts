import { parentPort, workerData } from 'node:worker_threads'
import { PGlite, types } from '@electric-sql/pglite'
import { initDbStartParams, sharedBuffers } from './pglite-options.ts'
import type { Request, Response, WireError, WorkerStart } from './pglite-protocol.ts'

// PGlite runs in the thread that calls it, and one slow query would stop the server's event loop.
const start = workerData as WorkerStart
const port = parentPort
if (!port) throw new Error('pglite-worker runs as a worker thread only')
const say = (response: Response) => port.postMessage(response)

// drizzle parses times itself; functions cannot cross threads, so the same parsers are set here for every query.
const asText = (value: string) => value
const timesAsText = Object.fromEntries(
  [types.TIMESTAMP, types.TIMESTAMPTZ, types.INTERVAL, types.DATE, 1231, 1115, 1185, 1187].map((type) => [
    type,
    asText,
  ]),
)

const pg = new PGlite({
  ...(start.dataDir !== undefined && { dataDir: start.dataDir }),
  ...(start.snapshot && { loadDataDir: new Blob([start.snapshot as Uint8Array<ArrayBuffer>]) }),
  initDbStartParams,
  startParams: [...PGlite.defaultStartParams, ...sharedBuffers],
})

/** PostgreSQL refused something: such errors have a severity. Anything else came from the code around it. */
const refused = (error: unknown): error is WireError => typeof (error as WireError).severity === 'string'

/** Whether the engine in wasm is beyond use: it panicked, or does not even answer a trivial query any more. */
async function broken(error: unknown): Promise<boolean> {
  if (refused(error)) return error.severity === 'PANIC' || error.severity === 'FATAL'
  try {
    await pg.query('select 1')
    return false
  } catch (probe) {
    return !refused(probe)
  }
}

function toWire(error: unknown): WireError {
  const { message, code, detail, hint, where, schema, table, column, constraint, severity } = error as WireError
  const wire = { message: String(message), detail, hint, where, schema, table, column, constraint, severity }
  return { ...wire, code: typeof code === 'string' ? code : undefined }
}

const listening = new Map<string, () => Promise<void>>()

async function handle(request: Request): Promise<unknown> {
  switch (request.kind) {
    case 'query': {
      const { sql, params, rowMode } = request
      const { rows, fields, affectedRows, command } = await pg.query(sql, params, { rowMode, parsers: timesAsText })
      return { rows, fields, affectedRows, command }
    }
    case 'listen': {
      const { channel } = request
      if (listening.has(channel)) return undefined
      listening.set(channel, await pg.listen(channel, (payload) => say({ kind: 'notification', channel, payload })))
      return undefined
    }
    case 'unlisten':
      await listening.get(request.channel)?.()
      listening.delete(request.channel)
      return undefined
    case 'dump':
      return new Uint8Array(await (await pg.dumpDataDir('none')).arrayBuffer())
    case 'close':
      await pg.close()
      return undefined
  }
}

await pg.waitReady
port.on('message', async (request: Request) => {
  try {
    say({ kind: 'done', id: request.id, value: await handle(request) })
  } catch (error) {
    say({ kind: 'failed', id: request.id, error: toWire(error), fatal: await broken(error) })
  }
  if (request.kind === 'close') port.close()
})
say({ kind: 'ready' })
