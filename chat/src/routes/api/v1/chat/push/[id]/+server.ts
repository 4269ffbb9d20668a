import { json } from '@sveltejs/kit'
import { ToolError } from '#contract'
import { depsOf, endpoint } from '#lib/server/http.ts'
import { subscriptionStore } from '#lib/server/push/subscriptions.ts'
import type { RequestHandler } from './$types'

export const DELETE: RequestHandler = endpoint(async (event) => {
  const { host, now } = depsOf(event)
  const store = subscriptionStore({ db: host.db, owner: host.person.id, now: () => new Date(now()) })
  if (!(await store.remove(event.params.id)))
    throw new ToolError('not-found', 'There is no such device.', { next: 'Reload the settings.' })
  return json({ removed: true })
})
