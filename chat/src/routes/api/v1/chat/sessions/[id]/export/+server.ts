import { ToolError } from '#contract'
import { exportAs, exportForms } from '#lib/server/export/export.ts'
import { depsOf, endpoint } from '#lib/server/http.ts'
import type { RequestHandler } from './$types'

/** `?form=markdown`, `json` or `report`: the branch that is on the page, as a file. */
export const GET: RequestHandler = endpoint(async (event) => {
  const asked = event.url.searchParams.get('form') ?? 'markdown'
  const form = exportForms.find((one) => one === asked)
  if (!form)
    throw new ToolError('invalid-input', `There is no export as ${asked.slice(0, 40)}.`, {
      field: 'form',
      next: `Use one of: ${exportForms.join(', ')}`,
    })
  const deps = depsOf(event)
  const session = await deps.store.get(event.params.id)
  const file = await exportAs(form, { deps, session, messages: await deps.store.messages(session.id) })
  return new Response(file.text, {
    headers: {
      'content-type': `${file.mediaType}; charset=utf-8`,
      'content-disposition': `attachment; filename="${file.name}"`,
      'cache-control': 'no-store',
    },
  })
})
