import { json } from '@sveltejs/kit'
import { changeDashboard, dashboardsOf } from '#lib/server/dashboard-request.ts'
import { endpoint, readBody } from '#lib/server/http.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = endpoint(async (event) => json(await dashboardsOf(event).get(event.params.id)))

/** With the version it rests on: where another was saved meanwhile, 409 with that one. */
export const PUT: RequestHandler = endpoint(async (event) =>
  json(await dashboardsOf(event).update(event.params.id, await readBody(event.request, changeDashboard))),
)

export const DELETE: RequestHandler = endpoint(async (event) => {
  await dashboardsOf(event).remove(event.params.id)
  return new Response(null, { status: 204 })
})
