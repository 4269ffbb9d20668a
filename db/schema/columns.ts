import { bigint, customType, text, timestamp } from '#db/drizzle.ts'

/** A moment: `Date` in TypeScript, milliseconds, UTC. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 })

/** Integer minor units. `bigint`, because sums of QU pass 2^53; convert at the edge with a safe-integer check. */
export const amount = (name: string) => bigint(name, { mode: 'bigint' })

export const currency = (name: string) => text(name, { enum: ['usd-cent', 'qu'] })

/** What PostgreSQL cannot store in text, NUL and lone surrogates, as U+FFFD. */
export const storable = (value: string): string => value.toWellFormed().replaceAll('\u0000', '\ufffd')

function storableDeep(value: unknown): unknown {
  if (typeof value === 'string') return storable(value)
  if (Array.isArray(value)) return value.map(storableDeep)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [storable(key), storableDeep(member)]))
}

/**
 * jsonb. PostgreSQL refuses NUL and lone surrogates inside jsonb, and log lines do carry them, so they are stored as
 * U+FFFD. Use `exactJson` where the value must come back unchanged.
 */
export const document = <T>(name: string) =>
  customType<{ data: T; driverData: unknown }>({
    dataType: () => 'jsonb',
    toDriver: (value) => {
      const json = JSON.stringify(value)
      return json.includes('\\u0000') || json.includes('\\ud') ? JSON.stringify(storableDeep(JSON.parse(json))) : json
    },
    fromDriver: (value) => value as T,
  })(name)

/** JSON kept as text: comes back byte for byte, cannot be queried inside. */
export const exactJson = <T>(name: string) =>
  customType<{ data: T; driverData: string }>({
    dataType: () => 'text',
    toDriver: (value) => JSON.stringify(value),
    fromDriver: (value) => JSON.parse(value) as T,
  })(name)

/** Text that people or other systems wrote: NUL and lone surrogates, which PostgreSQL refuses, become U+FFFD. */
export const freeText = (name: string) =>
  customType<{ data: string; driverData: string }>({ dataType: () => 'text', toDriver: storable })(name)

/** Bytes as they are: `Uint8Array` in TypeScript. */
export const bytes = (name: string) =>
  customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' })(name)

/** Words to search for; always generated from a text column, so never written. */
export const searchWords = (name: string) =>
  customType<{ data: string; notNull: false }>({ dataType: () => 'tsvector' })(name)
