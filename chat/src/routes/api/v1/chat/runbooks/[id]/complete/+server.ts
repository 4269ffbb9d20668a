import { json } from '@sveltejs/kit'
import { depsOf, endpoint } from '#lib/server/http.ts'
import { completeArgument } from '#lib/server/runbooks.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = endpoint(async (event) => {
  const { searchParams } = event.url
  const argument = searchParams.get('argument') ?? ''
  const text = (searchParams.get('q') ?? '').slice(0, 200)
  return json({ values: await completeArgument(depsOf(event), { runbook: event.params.id, argument, text }) })
})
