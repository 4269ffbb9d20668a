import { depsOf } from '#lib/server/http.ts'
import type { Session, Shell } from '#lib/types.ts'
import { isLanguage } from '#lib/words/index.ts'
import type { LayoutServerLoad } from './$types'

export const load: LayoutServerLoad = async (event): Promise<Shell> => {
  event.depends('chat:sessions')
  const { host, store } = depsOf(event)
  const language = event.cookies.get('language')
  const sessions = await store.list().catch((error): Session[] => {
    host.log.warn({ error }, 'the conversations could not be listed')
    return []
  })
  return {
    sessions,
    demo: host.llm.demo,
    demoFleet: host.demoFleet ?? false,
    embeddedStore: host.embeddedStore,
    person: host.person,
    language: isLanguage(language) ? language : 'en',
  }
}
