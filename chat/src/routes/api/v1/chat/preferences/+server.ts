import { json } from '@sveltejs/kit'
import { depsOf, endpoint, readBody } from '#lib/server/http.ts'
import { preferenceStore, preferencesBody } from '#lib/server/preferences.ts'
import type { RequestHandler } from './$types'

const storeOf = ({ host, now }: ReturnType<typeof depsOf>) =>
  preferenceStore({ db: host.db, owner: host.person.id, now: () => new Date(now()) })

export const GET: RequestHandler = endpoint(async (event) => json(await storeOf(depsOf(event)).read()))

/** Changes what is named. Other pages and devices of this person hear of it. */
export const PATCH: RequestHandler = endpoint(async (event) => {
  const deps = depsOf(event)
  const value = await storeOf(deps).change(await readBody(event.request, preferencesBody))
  // Kept in the browser as well: the page is right from its first picture, also when the store does not answer
  event.cookies.set('language', value.language, { path: '/', httpOnly: false, sameSite: 'lax', maxAge: 31_536_000 })
  // Not waited for, and without what was chosen: events are for every reader
  void deps.host.emit?.({
    name: 'preferences.changed',
    subject: `preferences/${deps.host.person.id}/changed`,
    data: {},
  })
  return json(value)
})
