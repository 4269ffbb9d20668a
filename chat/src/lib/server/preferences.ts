import * as z from 'zod'
import { eq } from '#db/drizzle.ts'
import type { Db } from '#db/open.ts'
import { preferences } from '#db/schema/chat-pages.ts'
import {
  canvasBounds,
  changed,
  defaultPreferences,
  densities,
  notificationKinds,
  type Preferences,
  type PreferencesPatch,
  themes,
} from '../shell/preferences.ts'
import { isLanguage, type Language } from '../words/index.ts'

const keys = z
  .string()
  .trim()
  .max(40)
  .regex(/^[\w+.?/,[\] -]*$/, 'Keys are written like mod+k or g f')
const theme = z.enum(themes)
const density = z.enum(densities)
const language = z.custom<Language>(isLanguage, 'This language is not there')
const motion = z.enum(['auto', 'reduced'])
const width = z.number().int().min(canvasBounds.least).max(canvasBounds.most)
const commandId = z.string().regex(/^[\w.:-]{1,64}$/)

/** The body of a change; what is not named stays. */
export const preferencesBody = z.strictObject({
  theme: theme.optional(),
  density: density.optional(),
  language: language.optional(),
  textOnly: z.boolean().optional(),
  motion: motion.optional(),
  sound: z.boolean().optional(),
  notify: z.partialRecord(z.enum(notificationKinds), z.boolean()).optional(),
  shortcuts: z.record(commandId, keys.nullable()).optional(),
  railCollapsed: z.boolean().optional(),
  canvasWidth: width.optional(),
})

const stored = preferencesBody.partial().loose()

/** A stored document may be older than this version: what is not understood takes its default. */
function read(value: unknown): Preferences {
  const given = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  const understood = Object.fromEntries(
    Object.entries(given).filter(([key, one]) => key in defaultPreferences && stored.safeParse({ [key]: one }).success),
  )
  return changed(defaultPreferences, understood as PreferencesPatch)
}

export interface PreferenceStore {
  read(): Promise<Preferences>
  /** Two changes at once both hold. */
  change(patch: PreferencesPatch): Promise<Preferences>
}

/** How one person likes the product. */
export function preferenceStore(deps: { db: () => Promise<Db>; owner: string; now: () => Date }): PreferenceStore {
  const { owner, now } = deps
  return {
    async read() {
      const db = await deps.db()
      const [row] = await db.select().from(preferences).where(eq(preferences.owner, owner))
      return read(row?.value)
    },
    async change(patch) {
      const db = await deps.db()
      return db.transaction(async (tx) => {
        await tx.insert(preferences).values({ owner, value: {}, updatedAt: now() }).onConflictDoNothing()
        const [row] = await tx.select().from(preferences).where(eq(preferences.owner, owner)).for('update')
        const value = changed(read(row?.value), patch)
        await tx
          .update(preferences)
          .set({ value: { ...row?.value, ...value }, updatedAt: now() })
          .where(eq(preferences.owner, owner))
        return value
      })
    },
  }
}
