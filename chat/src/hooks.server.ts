import { gzipSync } from 'node:zlib'
import type { Handle, HandleServerError } from '@sveltejs/kit/hooks'
import { ToolError } from '#contract'
import { errorResponse, newId } from '#lib/server/http.ts'
import { watchForPeople } from '#lib/server/notify/watch.ts'
import { attend } from '#lib/server/runs/attend.ts'
import { lookOf } from '#lib/shell/preferences.ts'
import { isLanguage } from '#lib/words/index.ts'

const reading = new Set(['GET', 'HEAD', 'OPTIONS'])

/** A page of another site must not act here in the person's name. */
function fromElsewhere(request: Request): boolean {
  if (reading.has(request.method)) return false
  if (request.headers.get('sec-fetch-site') === 'cross-site') return true
  const origin = request.headers.get('origin')
  const host = request.headers.get('host')
  return origin !== null && host !== null && URL.parse(origin)?.host !== host
}

/** Theme, density and language stand in the page as it is sent: nothing flashes. */
function rootAttributes({ locals, cookies }: Parameters<Handle>[0]['event']): string {
  const kept = cookies.get('language')
  const language = locals.preferences?.language ?? (isLanguage(kept) ? kept : 'en')
  const look = { lang: language, ...(locals.preferences && lookOf(locals.preferences)) }
  return Object.entries(look)
    .map(([name, value]) => `${name}="${value}"`)
    .join(' ')
}

/** Pages packed for the way: on a slow network their size is the time until something shows. Files are packed when built. */
async function packed(response: Response, request: Request): Promise<Response> {
  const takes = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '')
  if (!takes || !response.headers.get('content-type')?.startsWith('text/html')) return response
  const page = gzipSync(await response.arrayBuffer(), { level: 4 })
  const headers = new Headers(response.headers)
  headers.set('content-encoding', 'gzip')
  headers.set('content-length', String(page.length))
  headers.append('vary', 'accept-encoding')
  return new Response(page, { status: response.status, headers })
}

export const handle: Handle = async ({ event, resolve }) => {
  const host = event.platform?.req.quartermaster
  if (!host)
    return errorResponse(
      new ToolError('not-configured', 'The chat was started without its host.', {
        next: 'Start it with npm start, or with node chat/main.ts.',
      }),
    )
  watchForPeople(host)
  attend(host, newId)
  if (fromElsewhere(event.request))
    return errorResponse(
      new ToolError('permission-denied', 'This request came from a page of another site.', {
        next: 'Open Quartermaster itself and try again.',
      }),
    )
  event.locals.host = host
  const response = await resolve(event, {
    transformPageChunk: ({ html }) => html.replace('<html lang="en"', `<html ${rootAttributes(event)}`),
  })
  response.headers.set('x-content-type-options', 'nosniff')
  response.headers.set('referrer-policy', 'same-origin')
  return packed(response, event.request)
}

export const handleError: HandleServerError = (caught) => {
  const { event, error } = caught
  if (error instanceof ToolError) {
    const { code, message, next } = error.toPayload()
    return { message, code, next }
  }
  if (caught.kind === 'unknown') event.locals.host?.log.error({ error, path: event.url.pathname }, 'a page failed')
}
