import { json } from '@sveltejs/kit'
import { createBody, depsOf, endpoint, readBody } from '#lib/server/http.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = endpoint(async (event) => {
  const { store } = depsOf(event)
  return json({ sessions: await store.list(event.url.searchParams.get('q') ?? undefined) })
})

export const POST: RequestHandler = endpoint(async (event) => {
  const { store } = depsOf(event)
  const { title, persona = 'default', clusters = [], model } = await readBody(event.request, createBody)
  return json(await store.create({ title, persona, clusters, model }), { status: 201 })
})
