import { endpoint, sharesOf } from '#lib/server/http.ts'
import type { RequestHandler } from './$types'

export const DELETE: RequestHandler = endpoint(async (event) => {
  await sharesOf(event).revoke(event.params.share)
  return new Response(null, { status: 204 })
})
