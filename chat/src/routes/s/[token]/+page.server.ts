import { error } from '@sveltejs/kit'
import { isToolError } from '#contract'
import { openShare } from '#lib/server/share/store.ts'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = async ({ params, locals: { host }, setHeaders }) => {
  // The address is the key: it goes into no other site's log and no cache
  setHeaders({ 'cache-control': 'no-store', 'x-robots-tag': 'noindex' })
  try {
    return { shared: await openShare(await host.db(), params.token.slice(0, 64), new Date()) }
  } catch (cause) {
    if (!isToolError(cause)) throw cause
    const { code, message, next } = cause.toPayload()
    error(cause.status, { message, code, next })
  }
}
