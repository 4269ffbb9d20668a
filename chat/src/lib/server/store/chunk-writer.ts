import type { Db } from '#db/open.ts'
import { runChunks } from '#db/schema/chat.ts'

type Row = typeof runChunks.$inferInsert

const everyMs = 50
const rowsPerInsert = 500

/**
 * Stores pieces of all answers of a process together: one insert at a time, 50 ms apart. A statement costs the embedded database
 * the same with one row as with hundreds, and every answer writes twenty times a second.
 */
export interface ChunkWriter {
  /** Resolves when the row is stored; rejects when this one could not be. Rows go in the order in which they came. */
  write(row: Row): Promise<void>
}

interface Waiting {
  row: Row
  stored: PromiseWithResolvers<void>
}

export function createChunkWriter(insert: (rows: Row[]) => Promise<unknown>, pauseMs = everyMs): ChunkWriter {
  const waiting: Waiting[] = []
  let busy = false

  const store = async (batch: Waiting[]) => {
    try {
      await insert(batch.map(({ row }) => row))
      for (const { stored } of batch) stored.resolve()
    } catch (error) {
      if (batch.length === 1) return batch[0]!.stored.reject(error)
      // One of them may be of a conversation that was deleted: the others are stored all the same
      for (const one of batch) await store([one])
    }
  }
  const writeAll = async () => {
    busy = true
    while (waiting.length > 0) {
      await store(waiting.splice(0, rowsPerInsert))
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
    busy = false
  }

  return {
    write(row) {
      const stored = Promise.withResolvers<void>()
      waiting.push({ row, stored })
      if (!busy) void writeAll()
      return stored.promise
    },
  }
}

const writers = new WeakMap<Db, ChunkWriter>()

/** The one writer of this process into this database. */
export function chunkWriterOf(db: Db): ChunkWriter {
  const known = writers.get(db)
  if (known) return known
  const writer = createChunkWriter((rows) => db.insert(runChunks).values(rows).onConflictDoNothing())
  writers.set(db, writer)
  return writer
}
