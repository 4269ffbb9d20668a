import { depsOf } from '#lib/server/http.ts'
import { notePerson } from '#lib/server/notify/people.ts'
import { preferenceStore } from '#lib/server/preferences.ts'
import type { SessionPage } from '#lib/server/store/store.ts'
import { sweepExpired } from '#lib/server/store/sweep.ts'
import { defaultPreferences, type Preferences } from '#lib/shell/preferences.ts'
import type { Shell } from '#lib/types.ts'
import { isLanguage } from '#lib/words/index.ts'
import type { LayoutServerLoad } from './$types'

export const load: LayoutServerLoad = async (event): Promise<Shell & { preferences: Preferences }> => {
  event.depends('chat:sessions')
  const { host, store, now } = depsOf(event)
  void sweepExpired({ db: host.db, now }).catch((error) => host.log.warn({ error }, 'expired conversations stay'))
  const language = event.cookies.get('language')
  const liked = preferenceStore({ db: host.db, owner: host.person.id, now: () => new Date(now()) })
  const [{ sessions, next }, preferences] = await Promise.all([
    store.list().catch((error): SessionPage => {
      host.log.warn({ error }, 'the conversations could not be listed')
      return { sessions: [] }
    }),
    liked.read().catch((error): Preferences => {
      host.log.warn({ error }, 'the preferences could not be read')
      return { ...defaultPreferences, ...(isLanguage(language) && { language }) }
    }),
  ])
  event.locals.preferences = preferences
  void notePerson(host)
  return {
    sessions,
    ...(next && { moreSessions: next }),
    demo: host.llm.demo,
    demoFleet: host.demoFleet ?? false,
    embeddedStore: host.embeddedStore,
    person: host.person,
    language: preferences.language,
    preferences,
  }
}
