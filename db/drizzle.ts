import { createRequire } from 'node:module'
import { lazily, library } from './lazily.ts'

/**
 * drizzle by `require`, and the only place that loads it. As ES modules Node 24 parses drizzle's package.json (179 kB)
 * once for each of its 200 files: 600 ms and 160 MB. The types are the same; `import type` from drizzle-orm is free.
 */
export const requireDrizzle = createRequire(import.meta.url)

// Loaded with the first query: a stdio server that has not needed the database yet is spared 100 files.
const core = library(() => requireDrizzle('drizzle-orm') as typeof import('drizzle-orm'))
const pg = library(() => requireDrizzle('drizzle-orm/pg-core') as typeof import('drizzle-orm/pg-core'))

export const { and, asc, between, count, desc, eq, gt, gte, ilike, inArray, isNotNull, isNull, like, lt, lte } = core
export const { getTableColumns, max, min, ne, not, notInArray, or, sql, sum } = core
export const { bigint, bigserial, boolean, check, customType, doublePrecision, index, integer } = pg
export const { primaryKey, serial, text, timestamp, uniqueIndex } = pg

type Columns = Parameters<typeof pg.pgTable>[1]

/** drizzle's pgTable. Write the columns as a function, `() => ({ … })`: the table is then made when first used. */
export const pgTable = ((name: string, columns: Columns, extra: never) =>
  lazily({}, () => pg.pgTable(name, columns, extra))) as typeof pg.pgTable

export type { SQL } from 'drizzle-orm'
