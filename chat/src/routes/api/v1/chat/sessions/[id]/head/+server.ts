import { json } from '@sveltejs/kit'
import { depsOf, endpoint, headBody, readBody } from '#lib/server/http.ts'
import { recover } from '#lib/server/runs/runner.ts'
import { pageMessages } from '#lib/server/store/store.ts'
import type { RequestHandler } from './$types'

/** Shows the branch of a message, up to what was written last below it. Refused while an answer is being made. */
export const POST: RequestHandler = endpoint(async (event) => {
  const deps = depsOf(event)
  const { id } = event.params
  const { message } = await readBody(event.request, headBody)
  await deps.store.get(id)
  await recover(deps, id)
  await deps.store.switchTo(id, message)
  return json(await deps.store.page(id, { limit: pageMessages, holding: message }))
})
