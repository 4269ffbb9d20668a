import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { asc } from '#db/drizzle.ts'
import { type Db, describeFailure, type LazyDatabase } from '#db/open.ts'
import { customPersonas } from '#db/schema/personas.ts'
import type { Logger } from '#define'
import type { Events } from './events/outbox.ts'
import type { PersonaList } from './policy/persona-list.ts'

export interface PersonaStore {
  /** Returns at once where nobody made a persona; never fails for a database that is away */
  ready(): Promise<void>
  /** Reads the table again. Fails where it cannot be read. */
  reload(): Promise<void>
}

/**
 * Keeps the list of personas as the table has it, on every server of one database. An embedded database stays closed until it
 * is needed: a file in the data folder tells that there are personas in it.
 */
export function createPersonaStore(options: {
  database: LazyDatabase
  list: PersonaList
  events: Events
  folder: string
  log: Logger
}): PersonaStore {
  const { database, list, events, folder, log } = options
  const marker = join(folder, 'custom-personas')
  let loaded = false
  let hasOwn: boolean | undefined

  async function read(db: Db): Promise<void> {
    const rows = await db.select().from(customPersonas).orderBy(asc(customPersonas.id))
    list.setCustom(rows)
    loaded = true
    if (rows.length === 0 || hasOwn) return
    hasOwn = true
    if (database.kind !== 'pglite') return
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(marker, 'People made personas of their own\n', { mode: 0o600 })
  }
  const reload = async () => read((await database.get()).db)
  const report = (error: unknown) => log.warn(describeFailure(error), 'the personas that people made cannot be read')

  let listening = false
  database.onOpen(async ({ db }) => {
    await read(db)
    if (listening) return
    listening = true
    // another server of this database changed one
    events.subscribe({ names: ['persona.saved', 'persona.deleted'] }, () => void reload().catch(report))
  })

  return {
    async ready() {
      if (loaded) return
      hasOwn ??= database.kind === 'postgres' || existsSync(marker)
      if (hasOwn || database.opened()) await reload().catch(report)
    },
    reload,
  }
}
