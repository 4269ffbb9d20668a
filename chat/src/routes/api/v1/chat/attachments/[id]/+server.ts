import { isImage } from '#lib/server/attachments/kinds.ts'
import { attachmentsOf, endpoint } from '#lib/server/http.ts'
import type { RequestHandler } from './$types'

/** The file. Text is always sent as plain text and nothing is run: whatever it holds, it is data. */
export const GET: RequestHandler = endpoint(async (event) => {
  const { bytes, mediaType, name } = await attachmentsOf(event).get(event.params.id)
  return new Response(Buffer.from(bytes), {
    headers: {
      'content-type': isImage(mediaType) ? mediaType : 'text/plain; charset=utf-8',
      'content-disposition': `${isImage(mediaType) ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(name)}`,
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'private, max-age=3600',
    },
  })
})

export const DELETE: RequestHandler = endpoint(async (event) => {
  await attachmentsOf(event).remove(event.params.id)
  return new Response(null, { status: 204 })
})
