import { json } from '@sveltejs/kit'
import { depsOf, endpoint } from '#lib/server/http.ts'
import { readContext } from '#lib/server/world.ts'
import type { RequestHandler } from './$types'

/** Personas, clusters and the model as they are reachable now. */
export const GET: RequestHandler = endpoint(async (event) => json(await readContext(depsOf(event))))
