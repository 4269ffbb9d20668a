import { json } from '@sveltejs/kit'
import * as z from 'zod'
import { depsOf, endpoint, readBody } from '#lib/server/http.ts'
import { noteStore } from '#lib/server/notify/store.ts'
import { tellChanged } from '#lib/server/notify/watch.ts'
import type { RequestHandler } from './$types'

/** Some, those of one subject, or all of them. */
const readNotes = z.strictObject({
  ids: z.array(z.string().max(64)).max(100).optional(),
  subject: z.string().max(300).optional(),
})

export const POST: RequestHandler = endpoint(async (event) => {
  const { host, now } = depsOf(event)
  const choice = await readBody(event.request, readNotes)
  const read = await noteStore({ db: host.db, owner: host.person.id, now: () => new Date(now()) }).markRead(choice)
  if (read > 0) void tellChanged(host, host.person.id)
  return json({ read })
})
