import { json } from '@sveltejs/kit'
import { depsOf, endpoint } from '#lib/server/http.ts'
import { noteStore } from '#lib/server/notify/store.ts'
import type { RequestHandler } from './$types'

/** What this person should know though they look elsewhere, newest first. */
export const GET: RequestHandler = endpoint(async (event) => {
  const { host, now } = depsOf(event)
  return json(await noteStore({ db: host.db, owner: host.person.id, now: () => new Date(now()) }).list())
})
