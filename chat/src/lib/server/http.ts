import { json, type RequestEvent } from '@sveltejs/kit'
import * as z from 'zod'
import { ToolError } from '#contract'
import { type AttachmentStore, personFiles } from './attachments/store.ts'
import { type FeedbackStore, feedbackStore } from './feedback/store.ts'
import type { ChatHost } from './host.ts'
import type { RunnerDeps } from './runs/runner.ts'
import { type ShareStore, shareDays, shareStore } from './share/store.ts'
import { type ChatStore, chatStore } from './store/store.ts'

/** A request to the chat may have this many bytes (CHT-020). */
export const bodyLimitBytes = 64 * 1024

export const newId = () => crypto.randomUUID().replaceAll('-', '')

/** What endpoints work with. */
export function depsOf({ locals }: Pick<RequestEvent, 'locals'>): RunnerDeps & { store: ChatStore } {
  const { host } = locals
  const now = () => Date.now()
  const store = chatStore({ db: host.db, owner: host.person.id, now: () => new Date(now()), newId })
  return { host, store, now, newId }
}

/** Files of the person who asks. */
export const attachmentsOf = ({ locals: { host } }: Pick<RequestEvent, 'locals'>): AttachmentStore =>
  personFiles({ host, now: Date.now, newId })

/** What the person who asks thought of answers. */
export const feedbackOf = ({ locals: { host } }: Pick<RequestEvent, 'locals'>): FeedbackStore =>
  feedbackStore({ db: host.db, owner: host.person.id, now: () => new Date() })

/** Links of the person who asks. */
export const sharesOf = ({ locals: { host } }: Pick<RequestEvent, 'locals'>): ShareStore =>
  shareStore({ db: host.db, owner: host.person.id, now: () => new Date() })

export function errorResponse(error: ToolError): Response {
  const wait = error.options.details?.retryAfterSeconds
  const headers = typeof wait === 'number' ? { 'retry-after': String(wait) } : undefined
  return json({ error: error.toPayload() }, { status: error.status, headers })
}

/** CHT-019. ToolError rate-limited */
export function countMessage({ host }: { host: ChatHost }): void {
  const refused = host.messageRefusal?.()
  if (refused) throw new ToolError('rate-limited', refused.message, refused)
}

/** Turns what a handler throws into `{ error: { code, message, next } }` with its status. */
export const endpoint =
  <E extends RequestEvent>(work: (event: E) => Promise<Response>) =>
  async (event: E): Promise<Response> => {
    try {
      return await work(event)
    } catch (error) {
      if (error instanceof ToolError) return errorResponse(error)
      event.locals.host.log.error({ error, path: event.url.pathname }, 'a chat request failed')
      return errorResponse(
        new ToolError('store-unavailable', 'The conversation store did not answer.', {
          next: 'Try again; look at the log of the server if it goes on.',
        }),
      )
    }
  }

/** The JSON body in the given shape. ToolError payload-too-large, unsupported-media-type, invalid-input. */
export async function readBody<S extends z.ZodType>(request: Request, schema: S): Promise<z.output<S>> {
  const type = request.headers.get('content-type') ?? ''
  const text = await request.text()
  if (text !== '' && !type.includes('json'))
    throw new ToolError('unsupported-media-type', 'The body must be JSON.', {
      next: 'Send content-type: application/json.',
    })
  if (Buffer.byteLength(text) > bodyLimitBytes)
    throw new ToolError('payload-too-large', `A message may have ${bodyLimitBytes / 1024} KB.`, {
      next: 'Send less text at once.',
    })
  let value: unknown
  try {
    value = text === '' ? {} : JSON.parse(text)
  } catch {
    throw new ToolError('invalid-input', 'The body is not valid JSON.', { next: 'Check quotes and brackets.' })
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = issue?.path.join('.')
  throw new ToolError('invalid-input', `${field ? `${field}: ` : ''}${issue?.message ?? 'not understood'}.`, {
    next: 'See /docs for the shape of this request.',
    field,
  })
}

const name = z.string().trim().min(1).max(120)
const mode = z.enum(['ask', 'read-only'])

export const createBody = z.strictObject({
  title: z.string().trim().max(200).optional(),
  persona: name.optional(),
  clusters: z.array(name).max(100).optional(),
  model: name.optional(),
  mode: mode.optional(),
})

export const patchBody = z.strictObject({
  title: z.string().trim().min(1).max(200).optional(),
  persona: name.optional(),
  clusters: z.array(name).max(100).optional(),
  pinned: z.boolean().optional(),
  mode: mode.optional(),
  model: name.optional(),
})

const text = z.string().trim().min(1).max(32_000)
const id = z.string().regex(/^[\w-]{1,64}$/)

/** `text` in a new message, or `replaceFrom` to answer again, or both to put the question differently. Nothing is deleted. */
export const askBody = z.strictObject({
  text: text.optional(),
  /** Id that the page gave the new message */
  id: id.optional(),
  /** The message in whose place it stands, as an alternative */
  replaceFrom: id.optional(),
  /** Ids of files that were sent before */
  attachments: z.array(id).max(10).default([]),
})

export const headBody = z.strictObject({ message: id })

/** A number of rows from the address: between one and `most`, `otherwise` when it is not there or no number. */
export function limitOf(url: URL, { most, otherwise }: { most: number; otherwise: number }): number {
  const asked = Number.parseInt(url.searchParams.get('limit') ?? '', 10)
  return Number.isNaN(asked) ? otherwise : Math.min(most, Math.max(1, asked))
}

export const sayBody = z.strictObject({ content: text })

/** `approval`: tell how it ended; without one: go on with an answer that was cut off */
export const continueBody = z.strictObject({ approval: id.optional() })

const hearing = z.enum(['queue', 'steer'])

/** Said while an answer is being made. `id` is what the page calls it */
export const queueBody = z.strictObject({
  text,
  mode: hearing,
  id: id.optional(),
  attachments: z.array(id).max(10).default([]),
})

export const queuePatchBody = z.strictObject({ text: text.optional(), mode: hearing.optional() })

export const stopBody = z.strictObject({ run: id.optional() })

export const runbookBody = z.strictObject({
  arguments: z.record(z.string().max(60), z.string().max(2_000)).default({}),
})

export const feedbackBody = z.strictObject({
  verdict: z.enum(['good', 'bad']),
  reasons: z.array(z.string().trim().min(1).max(60)).max(8).default([]),
  comment: z.string().trim().max(2_000).default(''),
})

export const shareBody = z.strictObject({
  days: z.number().int().min(shareDays.least).max(shareDays.most).default(shareDays.usual),
  hideNames: z.boolean().default(true),
})
