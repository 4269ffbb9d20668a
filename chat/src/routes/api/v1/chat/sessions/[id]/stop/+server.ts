import { json } from '@sveltejs/kit'
import { depsOf, endpoint, readBody, stopBody } from '#lib/server/http.ts'
import { stopRun } from '#lib/server/runs/runner.ts'
import type { RequestHandler } from './$types'

/** Ends the answer that is being made: model and tools. What was said is kept. */
export const POST: RequestHandler = endpoint(async (event) => {
  const { store } = depsOf(event)
  await store.get(event.params.id)
  const { run } = await readBody(event.request, stopBody)
  return json({ stopped: stopRun(event.params.id, run) })
})
