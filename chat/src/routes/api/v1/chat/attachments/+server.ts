import { json } from '@sveltejs/kit'
import { ToolError } from '#contract'
import { attachmentLimits } from '#lib/server/attachments/kinds.ts'
import { attachmentsOf, endpoint } from '#lib/server/http.ts'
import type { RequestHandler } from './$types'

const most = Math.max(attachmentLimits.imageBytes, attachmentLimits.textBytes)

/** One file as the body, its name in `?name=`. Not a form: a page of another site could send one. */
export const POST: RequestHandler = endpoint(async (event) => {
  const { request, url } = event
  if (request.headers.get('content-type') !== 'application/octet-stream')
    throw new ToolError('unsupported-media-type', 'The body must be the file itself.', {
      next: 'Send content-type: application/octet-stream.',
    })
  if (Number(request.headers.get('content-length') ?? 0) > most)
    throw new ToolError('payload-too-large', `A file may have ${most / 1024 / 1024} MB.`, {
      next: 'Attach the part that matters.',
    })
  const bytes = new Uint8Array(await request.arrayBuffer())
  const name = url.searchParams.get('name') ?? 'file'
  return json(await attachmentsOf(event).put({ name, bytes }), { status: 201 })
})
