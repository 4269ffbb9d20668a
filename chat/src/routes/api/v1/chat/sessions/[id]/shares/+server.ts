import { json } from '@sveltejs/kit'
import { depsOf, endpoint, readBody, shareBody, sharesOf } from '#lib/server/http.ts'
import { sharedCopy } from '#lib/server/share/share.ts'
import { readContext } from '#lib/server/world.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = endpoint(async (event) => {
  await depsOf(event).store.get(event.params.id)
  return json({ links: await sharesOf(event).list(event.params.id) })
})

/** A link to a redacted copy of the branch that is on the page. The token is in this answer and nowhere else. */
export const POST: RequestHandler = endpoint(async (event) => {
  const deps = depsOf(event)
  const { days, hideNames } = await readBody(event.request, shareBody)
  const session = await deps.store.get(event.params.id)
  const [messages, context] = await Promise.all([
    deps.store.messages(session.id),
    hideNames ? readContext(deps).catch(() => undefined) : undefined,
  ])
  const content = sharedCopy(session, messages, {
    hideNames,
    person: deps.host.person.name,
    clusters: context?.clusters ?? [],
    redact: deps.host.redact ?? ((value) => value),
    at: new Date(deps.now()).toISOString(),
  })
  const { token, ...link } = await sharesOf(event).create({ conversation: session.id, days, content })
  return json({ ...link, path: `/s/${token}` }, { status: 201 })
})
