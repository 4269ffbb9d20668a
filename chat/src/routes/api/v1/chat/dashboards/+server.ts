import { json } from '@sveltejs/kit'
import { createDashboard, dashboardsOf } from '#lib/server/dashboard-request.ts'
import { endpoint, readBody } from '#lib/server/http.ts'
import type { RequestHandler } from './$types'

/** Own dashboards and those that others share. */
export const GET: RequestHandler = endpoint(async (event) => json({ dashboards: await dashboardsOf(event).list() }))

export const POST: RequestHandler = endpoint(async (event) => {
  const { id, shared, ...given } = await readBody(event.request, createDashboard)
  const made = await dashboardsOf(event).create({
    ...given,
    ...(id !== undefined && { id }),
    ...(shared !== undefined && { shared }),
  })
  return json(made, { status: 201 })
})
