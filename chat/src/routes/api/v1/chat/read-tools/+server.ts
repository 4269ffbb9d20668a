import { json } from '@sveltejs/kit'
import { depsOf, endpoint } from '#lib/server/http.ts'
import { readTools } from '#lib/server/read-tools.ts'
import type { RequestHandler } from './$types'

/** Tools that a link or a pinned card may run: they only read. */
export const GET: RequestHandler = endpoint(async (event) => {
  const { host, now } = depsOf(event)
  return json({ tools: await readTools(host.apiUrl, now()) })
})
