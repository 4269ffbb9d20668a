import { error } from '@sveltejs/kit'
import { isToolError } from '#contract'
import { depsOf } from '#lib/server/http.ts'
import { recover } from '#lib/server/runs/runner.ts'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  event.depends('chat:messages')
  const deps = depsOf(event)
  try {
    const session = await deps.store.get(event.params.id)
    const running = await recover(deps, session.id)
    return { session, messages: await deps.store.messages(session.id), running: running !== undefined }
  } catch (cause) {
    if (!isToolError(cause)) throw cause
    const { code, message, next } = cause.toPayload()
    error(cause.status, { message, code, next })
  }
}
