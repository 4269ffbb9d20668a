import { json } from '@sveltejs/kit'
import { isToolError } from '#contract'
import { depsOf, endpoint, patchBody, readBody } from '#lib/server/http.ts'
import { stopRun } from '#lib/server/runs/runner.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = endpoint(async (event) => json(await depsOf(event).store.get(event.params.id)))

export const PATCH: RequestHandler = endpoint(async (event) =>
  json(await depsOf(event).store.update(event.params.id, await readBody(event.request, patchBody))),
)

export const DELETE: RequestHandler = endpoint(async (event) => {
  const { store } = depsOf(event)
  await store.get(event.params.id).catch((error: unknown) => {
    // What has expired may go; what is somebody else's is not even stopped
    if (!isToolError(error) || error.code !== 'session-expired') throw error
  })
  stopRun(event.params.id)
  await store.remove(event.params.id)
  return new Response(null, { status: 204 })
})
