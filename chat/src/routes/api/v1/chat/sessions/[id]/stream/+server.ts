import { ToolError } from '#contract'
import { askBody, attachmentsOf, countMessage, depsOf, endpoint, newId, readBody } from '#lib/server/http.ts'
import { answerResponse } from '#lib/server/runs/answer-response.ts'
import { resumeRun, startRun } from '#lib/server/runs/runner.ts'
import type { ChatMessage } from '#lib/types.ts'
import type { RequestHandler } from './$types'

/** Says something and streams the answer as UI message chunks. Closing the connection does not end the answer. */
export const POST: RequestHandler = endpoint(async (event) => {
  const deps = depsOf(event)
  const { text, id, replaceFrom, attachments } = await readBody(event.request, askBody)
  if (text === undefined && replaceFrom === undefined)
    throw new ToolError('invalid-input', 'Neither text nor replaceFrom is there.', {
      next: 'Send what you want to say as text.',
    })
  const session = await deps.store.get(event.params.id)
  countMessage(deps)
  const files = await attachmentsOf(event).send(attachments, session.id)
  const message: ChatMessage | undefined =
    text === undefined
      ? undefined
      : {
          id: id ?? newId(),
          role: 'user',
          parts: [{ type: 'text', text }],
          metadata: {
            at: new Date(deps.now()).toISOString(),
            ...(files.length > 0 && { attachments: files }),
          },
        }
  const run = await startRun(deps, { session, message, replaceFrom })
  return answerResponse(run.log.follow())
})

/** Goes on with the answer that is being made: all of it from the beginning, then the rest. 204 when there is none. */
export const GET: RequestHandler = endpoint(async (event) => {
  const deps = depsOf(event)
  await deps.store.get(event.params.id)
  const stream = await resumeRun(deps, event.params.id)
  return stream ? answerResponse(stream) : new Response(null, { status: 204 })
})
