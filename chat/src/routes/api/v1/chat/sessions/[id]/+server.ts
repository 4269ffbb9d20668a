import { json } from '@sveltejs/kit'
import { depsOf, endpoint, patchBody, readBody } from '#lib/server/http.ts'
import { stopRun } from '#lib/server/runs/runner.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = endpoint(async (event) => json(await depsOf(event).store.get(event.params.id)))

export const PATCH: RequestHandler = endpoint(async (event) =>
  json(await depsOf(event).store.update(event.params.id, await readBody(event.request, patchBody))),
)

export const DELETE: RequestHandler = endpoint(async (event) => {
  const { store } = depsOf(event)
  await store.get(event.params.id).catch(() => undefined)
  stopRun(event.params.id)
  await store.remove(event.params.id)
  return new Response(null, { status: 204 })
})
