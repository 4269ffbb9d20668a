import { error } from '@sveltejs/kit'
import { isToolError } from '#contract'
import { depsOf } from '#lib/server/http.ts'
import { recover } from '#lib/server/runs/runner.ts'
import { pageMessages } from '#lib/server/store/store.ts'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  event.depends('chat:messages')
  const deps = depsOf(event)
  try {
    const session = await deps.store.get(event.params.id)
    const running = await recover(deps, session.id)
    const holding = event.url.searchParams.get('m') ?? undefined
    const page = await deps.store.page(session.id, { limit: pageMessages, holding })
    return { session, ...page, running: running !== undefined }
  } catch (cause) {
    if (!isToolError(cause)) throw cause
    const { code, message, next } = cause.toPayload()
    error(cause.status, { message, code, next })
  }
}
