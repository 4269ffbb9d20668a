import { json } from '@sveltejs/kit'
import { depsOf, endpoint } from '#lib/server/http.ts'
import { suggest } from '#lib/server/suggestions.ts'
import type { RequestHandler } from './$types'

/** Four questions worth asking now, computed from the fleet; the persona's own where the fleet cannot be read. */
export const GET: RequestHandler = endpoint(async (event) => {
  const persona = event.url.searchParams.get('persona') ?? 'default'
  return json({ suggestions: await suggest(depsOf(event), persona) })
})
