import { error } from '@sveltejs/kit'
import { isToolError } from '#contract'
import { reportOf } from '#lib/server/export/export.ts'
import { depsOf } from '#lib/server/http.ts'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const deps = depsOf(event)
  try {
    const session = await deps.store.get(event.params.id)
    const { report } = await reportOf({ deps, session, messages: await deps.store.messages(session.id) })
    return { session, report: (deps.host.redact ?? ((value) => value))(report) }
  } catch (cause) {
    if (!isToolError(cause)) throw cause
    const { code, message, next } = cause.toPayload()
    error(cause.status, { message, code, next })
  }
}
