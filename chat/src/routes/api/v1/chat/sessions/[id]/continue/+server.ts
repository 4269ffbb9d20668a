import { createUIMessageStreamResponse } from 'ai'
import { approvalNote, readApproval } from '#lib/server/approvals.ts'
import { continueBody, depsOf, endpoint, newId, readBody } from '#lib/server/http.ts'
import { startRun } from '#lib/server/runs/runner.ts'
import type { RequestHandler } from './$types'

/** After a person decided: tells the model what came of it and streams what it says to that. */
export const POST: RequestHandler = endpoint(async (event) => {
  const deps = depsOf(event)
  const { approval: id, id: noteId } = await readBody(event.request, continueBody)
  const session = await deps.store.get(event.params.id)
  const approval = await readApproval(deps.host, session, id)
  const run = await startRun(deps, {
    session,
    message: {
      id: noteId ?? newId(),
      role: 'user',
      parts: [{ type: 'text', text: approvalNote(approval) }],
      metadata: { note: { approval: id, state: approval.state }, at: new Date(deps.now()).toISOString() },
    },
  })
  return createUIMessageStreamResponse({ stream: run.log.follow(), keepAliveMs: 15_000 })
})
