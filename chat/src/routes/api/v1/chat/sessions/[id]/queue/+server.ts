import { json } from '@sveltejs/kit'
import { countMessage, depsOf, endpoint, newId, queueBody, readBody } from '#lib/server/http.ts'
import { queueOf } from '#lib/server/runs/queue-store.ts'
import { askIfIdle } from '#lib/server/runs/runner.ts'
import { tellQueue } from '#lib/server/runs/tell.ts'
import type { RequestHandler } from './$types'

/** What waits in the conversation, oldest first. */
export const GET: RequestHandler = endpoint(async (event) => {
  const deps = depsOf(event)
  await deps.store.get(event.params.id)
  return json({ messages: await queueOf(deps).list(event.params.id) })
})

/** Says something while an answer is being made: `queue` is asked when it is done, `steer` is heard at its next step. */
export const POST: RequestHandler = endpoint(async (event) => {
  const deps = depsOf(event)
  const { id = newId(), ...said } = await readBody(event.request, queueBody)
  await deps.store.get(event.params.id)
  countMessage(deps)
  const message = await queueOf(deps).add(event.params.id, { id, ...said })
  await askIfIdle(deps, event.params.id)
  void tellQueue(deps.host, event.params.id)
  return json({ message, messages: await queueOf(deps).list(event.params.id) }, { status: 201 })
})
