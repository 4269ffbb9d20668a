import { json } from '@sveltejs/kit'
import { depsOf, endpoint } from '#lib/server/http.ts'
import { listRunbooks } from '#lib/server/runbooks.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = endpoint(async (event) => json({ runbooks: await listRunbooks(depsOf(event)) }))
