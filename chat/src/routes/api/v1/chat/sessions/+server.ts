import { json } from '@sveltejs/kit'
import { createBody, depsOf, endpoint, limitOf, readBody } from '#lib/server/http.ts'
import type { RequestHandler } from './$types'

/** Own conversations: pinned ones, then the latest; `after` asks for the next page. With `q` those where it was said. */
export const GET: RequestHandler = endpoint(async (event) => {
  const { store } = depsOf(event)
  const { searchParams } = event.url
  const query = searchParams.get('q')?.trim()
  const limit = limitOf(event.url, { most: 100, otherwise: 50 })
  if (!query) return json(await store.list({ limit, after: searchParams.get('after') ?? undefined }))
  const hits = await store.search(query, limit)
  return json({ sessions: await store.some([...new Set(hits.map(({ conversation }) => conversation))]) })
})

export const POST: RequestHandler = endpoint(async (event) => {
  const { store } = depsOf(event)
  const { title, persona = 'default', clusters = [], model, mode } = await readBody(event.request, createBody)
  return json(await store.create({ title, persona, clusters, model, mode }), { status: 201 })
})
