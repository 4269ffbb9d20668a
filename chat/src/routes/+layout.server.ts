import { depsOf } from '#lib/server/http.ts'
import type { SessionPage } from '#lib/server/store/store.ts'
import type { Shell } from '#lib/types.ts'
import { isLanguage } from '#lib/words/index.ts'
import type { LayoutServerLoad } from './$types'

export const load: LayoutServerLoad = async (event): Promise<Shell> => {
  event.depends('chat:sessions')
  const { host, store } = depsOf(event)
  const language = event.cookies.get('language')
  const { sessions, next } = await store.list().catch((error): SessionPage => {
    host.log.warn({ error }, 'the conversations could not be listed')
    return { sessions: [] }
  })
  return {
    sessions,
    ...(next && { moreSessions: next }),
    demo: host.llm.demo,
    demoFleet: host.demoFleet ?? false,
    embeddedStore: host.embeddedStore,
    person: host.person,
    language: isLanguage(language) ? language : 'en',
  }
}
