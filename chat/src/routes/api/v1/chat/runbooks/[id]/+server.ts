import { json } from '@sveltejs/kit'
import { depsOf, endpoint, readBody, runbookBody } from '#lib/server/http.ts'
import { askRunbook } from '#lib/server/runbooks.ts'
import type { RequestHandler } from './$types'

/** The question that a runbook makes of its arguments. */
export const POST: RequestHandler = endpoint(async (event) => {
  const { arguments: given } = await readBody(event.request, runbookBody)
  return json({ text: await askRunbook(depsOf(event), event.params.id, given) })
})
