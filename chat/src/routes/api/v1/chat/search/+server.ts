import { json } from '@sveltejs/kit'
import { depsOf, endpoint, limitOf } from '#lib/server/http.ts'
import type { RequestHandler } from './$types'

/** Everything that was ever said in one's own conversations, and what the tools told. Titles first, then newest first. */
export const GET: RequestHandler = endpoint(async (event) => {
  const text = event.url.searchParams.get('q') ?? ''
  return json({ hits: await depsOf(event).store.search(text, limitOf(event.url, { most: 100, otherwise: 30 })) })
})
