import type { PageServerLoad } from './$types'

/** What the settings say about the server itself. Its folder only to its owner. */
export const load: PageServerLoad = ({ locals, cookies }) => {
  const { process, person, embeddedStore } = locals.host
  return {
    server: {
      store: embeddedStore ? ('pglite' as const) : ('postgres' as const),
      token: cookies.get('qm_token') !== undefined,
      ...(process?.version !== undefined && { version: process.version }),
      ...(person.role === 'owner' && process?.folder !== undefined && { folder: process.folder }),
    },
  }
}
