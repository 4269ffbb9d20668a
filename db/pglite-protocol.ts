/** What the worker thread of the embedded database and its owner say to each other. */

export interface WorkerStart {
  /** Data folder; without one the database lives in memory */
  dataDir?: string
  /** A dump to start from (in memory only) */
  snapshot?: Uint8Array
}

export type Request =
  | { id: number; kind: 'query'; sql: string; params: unknown[]; rowMode: 'array' | 'object' }
  | { id: number; kind: 'listen'; channel: string }
  | { id: number; kind: 'unlisten'; channel: string }
  | { id: number; kind: 'dump' }
  | { id: number; kind: 'close' }

/** The fields of a PostgreSQL error, which do not survive a structured clone of the error itself. */
export interface WireError {
  message: string
  code?: string
  detail?: string
  hint?: string
  where?: string
  schema?: string
  table?: string
  column?: string
  constraint?: string
  severity?: string
}

export interface WireResult {
  rows: unknown[]
  fields: { name: string; dataTypeID: number }[]
  affectedRows?: number
  /** Command tag: COMMIT answers ROLLBACK when the transaction had failed */
  command?: string
}

export type Response =
  | { kind: 'ready' }
  | { kind: 'done'; id: number; value: unknown }
  | { kind: 'failed'; id: number; error: WireError; fatal: boolean }
  | { kind: 'notification'; channel: string; payload: string }
