import { json } from '@sveltejs/kit'
import { depsOf, endpoint, queuePatchBody, readBody } from '#lib/server/http.ts'
import { queueOf, waitsNoMore } from '#lib/server/runs/queue-store.ts'
import { tellQueue } from '#lib/server/runs/tell.ts'
import type { RequestHandler } from './$types'

/** Changes the text of a waiting message, or when it is heard. */
export const PATCH: RequestHandler = endpoint(async (event) => {
  const deps = depsOf(event)
  const { id, message } = event.params
  const patch = await readBody(event.request, queuePatchBody)
  await deps.store.get(id)
  const changed = await queueOf(deps).change(id, message, patch)
  void tellQueue(deps.host, id)
  return json(changed)
})

export const DELETE: RequestHandler = endpoint(async (event) => {
  const deps = depsOf(event)
  const { id, message } = event.params
  await deps.store.get(id)
  if (!(await queueOf(deps).remove(id, message))) throw waitsNoMore()
  void tellQueue(deps.host, id)
  return new Response(null, { status: 204 })
})
