import { json } from '@sveltejs/kit'
import { continueBody, countMessage, depsOf, endpoint, readBody } from '#lib/server/http.ts'
import { continueDecided } from '#lib/server/runs/decided.ts'
import { goOn } from '#lib/server/runs/go-on.ts'
import type { RequestHandler } from './$types'

/**
 * Goes on with a conversation: after a decision on an approval (the server does that by itself; this only makes it sooner), or with
 * an answer that was cut off. The stream of the answer is at `/stream`.
 */
export const POST: RequestHandler = endpoint(async (event) => {
  const deps = depsOf(event)
  const { approval } = await readBody(event.request, continueBody)
  await deps.store.get(event.params.id)
  if (approval !== undefined) await continueDecided(deps, event.params.id, approval)
  else {
    countMessage(deps)
    await goOn(deps, event.params.id)
  }
  return json({}, { status: 202 })
})
