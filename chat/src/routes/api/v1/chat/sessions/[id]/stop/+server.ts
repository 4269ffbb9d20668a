import { json } from '@sveltejs/kit'
import { depsOf, endpoint, readBody, stopBody } from '#lib/server/http.ts'
import { stopAnywhere } from '#lib/server/runs/stop.ts'
import type { RequestHandler } from './$types'

/** Ends the answer that is being made: model and tools. What was said is kept. Any device may, whichever process makes it. */
export const POST: RequestHandler = endpoint(async (event) => {
  const deps = depsOf(event)
  await deps.store.get(event.params.id)
  const { run } = await readBody(event.request, stopBody)
  return json({ stopped: await stopAnywhere(deps, event.params.id, run) })
})
