import { json } from '@sveltejs/kit'
import { depsOf, endpoint } from '#lib/server/http.ts'
import { askNow } from '#lib/server/runs/go-on.ts'
import type { RequestHandler } from './$types'

/** Stops the answer that is being made and asks the waiting message instead. */
export const POST: RequestHandler = endpoint(async (event) => {
  const deps = depsOf(event)
  await deps.store.get(event.params.id)
  await askNow(deps, event.params.id, event.params.message)
  return json({}, { status: 202 })
})
