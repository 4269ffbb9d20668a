import { json } from '@sveltejs/kit'
import { countMessage, depsOf, endpoint, limitOf, newId, readBody, sayBody } from '#lib/server/http.ts'
import { startRun } from '#lib/server/runs/runner.ts'
import { pageMessages } from '#lib/server/store/store.ts'
import type { RequestHandler } from './$types'

/** The branch that is shown. With `limit` its end, or what comes before the message `before`. */
export const GET: RequestHandler = endpoint(async (event) => {
  const { searchParams } = event.url
  const before = searchParams.get('before') ?? undefined
  const limit =
    before !== undefined || searchParams.has('limit')
      ? limitOf(event.url, { most: 500, otherwise: pageMessages })
      : undefined
  return json(await depsOf(event).store.page(event.params.id, { limit, before }))
})

/** The whole answer at once, for callers that do not stream (CHT-004). */
export const POST: RequestHandler = endpoint(async (event) => {
  const deps = depsOf(event)
  const { content } = await readBody(event.request, sayBody)
  const session = await deps.store.get(event.params.id)
  countMessage(deps)
  const message = {
    id: newId(),
    role: 'user' as const,
    parts: [{ type: 'text' as const, text: content }],
    metadata: { at: new Date(deps.now()).toISOString() },
  }
  const run = await startRun(deps, { session, message })
  const answer = await run.done
  const calls = answer?.parts.flatMap((part) => (part.type === 'dynamic-tool' ? [part] : [])) ?? []
  return json({
    id: answer?.id,
    role: 'assistant',
    content: answer?.parts.map((part) => (part.type === 'text' ? part.text : '')).join('') ?? '',
    toolCalls: calls.map((part) => ({ id: part.toolCallId, name: part.toolName, arguments: part.input })),
    toolResults: calls.map((part) => ({
      id: part.toolCallId,
      status: part.state === 'output-available' ? 'success' : 'error',
      result: part.state === 'output-available' ? part.output : part.errorText,
    })),
    failure: answer?.parts.find((part) => part.type === 'data-failure')?.data,
    model: answer?.metadata?.model,
    tokensUsed: (answer?.metadata?.inputTokens ?? 0) + (answer?.metadata?.outputTokens ?? 0),
    latencyMs: answer?.metadata?.tookMs,
  })
})
