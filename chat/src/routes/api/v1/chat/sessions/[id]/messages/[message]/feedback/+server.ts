import { json } from '@sveltejs/kit'
import { endpoint, feedbackBody, feedbackOf, readBody } from '#lib/server/http.ts'
import type { RequestHandler } from './$types'

export const PUT: RequestHandler = endpoint(async (event) => {
  const given = await readBody(event.request, feedbackBody)
  return json(await feedbackOf(event).give(event.params.message, given))
})

export const DELETE: RequestHandler = endpoint(async (event) => {
  await feedbackOf(event).take(event.params.message)
  return new Response(null, { status: 204 })
})
