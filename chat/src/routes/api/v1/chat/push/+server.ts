import { json } from '@sveltejs/kit'
import { ToolError } from '#contract'
import { depsOf, endpoint, readBody } from '#lib/server/http.ts'
import { subscribeBody, subscriptionStore } from '#lib/server/push/subscriptions.ts'
import { pushIdentity } from '#lib/server/push/vapid.ts'
import type { RequestHandler } from './$types'

/** The devices of this person, and the key that a browser subscribes to. */
export const GET: RequestHandler = endpoint(async (event) => {
  const { host, now } = depsOf(event)
  const { push } = host.process ?? {}
  if (!push)
    throw new ToolError('not-configured', 'This chat was started without a key for push.', {
      next: 'Start it with npm start.',
    })
  const store = subscriptionStore({ db: host.db, owner: host.person.id, now: () => new Date(now()) })
  return json({ publicKey: pushIdentity(push).publicKey, devices: await store.list() })
})

/** A browser asks to be told. */
export const POST: RequestHandler = endpoint(async (event) => {
  const { host, now } = depsOf(event)
  const store = subscriptionStore({ db: host.db, owner: host.person.id, now: () => new Date(now()) })
  return json(await store.add(await readBody(event.request, subscribeBody)), { status: 201 })
})
