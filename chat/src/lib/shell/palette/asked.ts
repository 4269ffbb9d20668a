import type { usePaletteWords } from '../../words/use-palette.ts'
import type { Entry, Scope } from './entries.ts'
import { findChats, findClusters, findDeployments, findNodes, findTools, type Search } from './remote.ts'

/** A kind of thing that the server is asked for. */
export type Source = keyof ReturnType<typeof usePaletteWords>['sources']

const sources: Record<Source, { scope: Scope; find: (search: Search) => Promise<Entry[]> }> = {
  chats: { scope: 'chats', find: findChats },
  clusters: { scope: 'resources', find: findClusters },
  nodes: { scope: 'resources', find: findNodes },
  deployments: { scope: 'resources', find: findDeployments },
  actions: { scope: 'actions', find: findTools },
}

export const sourcesOf = (scope: Scope | undefined): Source[] =>
  (Object.keys(sources) as Source[]).filter((one) => scope === undefined || sources[one].scope === scope)

/** Asks all of them side by side; each is told of on its own, so that a slow one keeps none of the others back. */
export function askAll(
  search: Search,
  told: { found(source: Source, entries: Entry[]): void; failed(source: Source): void },
): void {
  for (const source of sourcesOf(search.scope))
    sources[source].find(search).then(
      (entries) => {
        if (!search.signal.aborted) told.found(source, entries)
      },
      () => {
        if (!search.signal.aborted) told.failed(source)
      },
    )
}
