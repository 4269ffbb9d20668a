import { json } from '@sveltejs/kit'
import { depsOf, endpoint } from '#lib/server/http.ts'
import { pushTo } from '#lib/server/notify/watch.ts'
import { preferenceStore } from '#lib/server/preferences.ts'
import { loadWords } from '#lib/words/index.ts'
import type { RequestHandler } from './$types'

/** A word to every device of this person, and how many heard it. */
export const POST: RequestHandler = endpoint(async (event) => {
  const { host, now } = depsOf(event)
  const liked = await preferenceStore({ db: host.db, owner: host.person.id, now: () => new Date(now()) }).read()
  const { notify: words } = await loadWords(liked.language)
  return json(
    await pushTo(host, host.person, { title: words.test, body: words.testBody, href: '/settings#push', tag: 'test' }),
  )
})
