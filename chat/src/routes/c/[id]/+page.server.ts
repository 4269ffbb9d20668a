import { error } from '@sveltejs/kit'
import { isToolError } from '#contract'
import { depsOf, feedbackOf } from '#lib/server/http.ts'
import { continueMissed } from '#lib/server/runs/decided.ts'
import { queueOf } from '#lib/server/runs/queue-store.ts'
import { recover } from '#lib/server/runs/runner.ts'
import { openingMessages } from '#lib/server/store/store.ts'
import type { PageServerLoad } from './$types'

/** A decision may have been made while nobody listened. The page does not wait for it: it hears of what follows. */
function catchUp(deps: ReturnType<typeof depsOf>, conversation: string) {
  continueMissed(deps, conversation).catch((error) =>
    deps.host.log.warn({ error, conversation }, 'a conversation could not be told of a decision'),
  )
}

export const load: PageServerLoad = async (event) => {
  event.depends('chat:messages')
  const deps = depsOf(event)
  try {
    const session = await deps.store.get(event.params.id)
    const running = await recover(deps, session.id)
    const holding = event.url.searchParams.get('m') ?? undefined
    const page = await deps.store.page(session.id, { limit: openingMessages, holding })
    const [queued, feedback] = await Promise.all([queueOf(deps).list(session.id), feedbackOf(event).of(session.id)])
    if (!running && page.messages.at(-1)?.metadata?.end === 'approval') catchUp(deps, session.id)
    return { session, ...page, queued, feedback, running: running !== undefined }
  } catch (cause) {
    if (!isToolError(cause)) throw cause
    const { code, message, next } = cause.toPayload()
    error(cause.status, { message, code, next })
  }
}
