import { eq, sql } from '#db/drizzle.ts'
import type { Db } from '#db/open.ts'
import { preferences } from '#db/schema/chat-pages.ts'
import type { ChatHost } from '../host.ts'

type Person = ChatHost['person']

/** Noted by this process already, so that a page does not write each time it is opened */
const noted = new WeakMap<object, Map<string, string>>()

/** Remembers who uses the chat: they are told of what happens. Never rejects. */
export async function notePerson(host: ChatHost): Promise<void> {
  const { id, name, role } = host.person
  const known = noted.get(host.process ?? host) ?? new Map<string, string>()
  noted.set(host.process ?? host, known)
  const what = JSON.stringify({ name, role })
  if (known.get(id) === what) return
  known.set(id, what)
  try {
    const db = await host.db()
    const person = { person: { name, role } }
    await db
      .insert(preferences)
      .values({ owner: id, value: person, updatedAt: new Date() })
      .onConflictDoUpdate({
        target: preferences.owner,
        set: { value: sql`${preferences.value} || ${JSON.stringify(person)}::jsonb` },
      })
  } catch (error) {
    known.delete(id)
    host.log.warn({ error }, 'who uses the chat could not be noted')
  }
}

const personOf = (row: typeof preferences.$inferSelect): Person[] => {
  const person = row.value.person as { name?: unknown; role?: unknown } | undefined
  return typeof person?.name === 'string' && typeof person.role === 'string'
    ? [{ id: row.owner, name: person.name, role: person.role }]
    : []
}

/** Everyone who has opened a page here. */
export const everyone = async (db: Db): Promise<Person[]> => (await db.select().from(preferences)).flatMap(personOf)

/** One of them. */
export const onePerson = async (db: Db, id: string): Promise<Person | undefined> =>
  (await db.select().from(preferences).where(eq(preferences.owner, id))).flatMap(personOf)[0]

/** Who may decide on changes; viewers may only look. */
export const mayDecide = ({ role }: Person): boolean => role === 'owner' || role === 'operator'
