import { json } from '@sveltejs/kit'
import { depsOf, endpoint } from '#lib/server/http.ts'
import { findMentions } from '#lib/server/runbooks.ts'
import type { RequestHandler } from './$types'

/** Nodes, deployments, pods, clusters … whose name has these letters. */
export const GET: RequestHandler = endpoint(async (event) =>
  json({ mentions: await findMentions(depsOf(event), (event.url.searchParams.get('q') ?? '').slice(0, 100)) }),
)
