import * as z from 'zod'
import type { Endpoint, EndpointCall } from '../endpoint.ts'
import { parseAnswer } from '../parse.ts'
import { pathOf } from './paths.ts'
import type { ListQuery, ResourceKind } from './types.ts'

const wire = z.looseObject({
  kind: z.literal('Table'),
  metadata: z.looseObject({ continue: z.string().optional(), remainingItemCount: z.number().optional() }),
  columnDefinitions: z
    .array(z.looseObject({ name: z.string(), type: z.string().default('string'), priority: z.number().default(0) }))
    .nullable(),
  rows: z
    .array(
      z.looseObject({
        cells: z.array(z.unknown()),
        object: z
          .looseObject({
            metadata: z.looseObject({
              name: z.string(),
              namespace: z.string().optional(),
              creationTimestamp: z.string().nullish(),
            }),
          })
          .optional(),
      }),
    )
    .nullable(),
})

/** What `kubectl get` prints: the columns are the server's, for a custom resource those of its additionalPrinterColumns. */
export interface KubeTable {
  /** `priority` above 0: only shown where there is room */
  columns: { name: string; type: string; priority: number }[]
  rows: { name: string; namespace?: string; created?: string; cells: unknown[] }[]
  /** How many more there are beyond the limit, where the server tells */
  remaining?: number
}

const pageSize = 500
const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'

/** The objects as the server prints them, page by page, at most `limit`. */
export async function readTable(
  endpoint: Endpoint,
  options: { kind: ResourceKind; query: ListQuery; explain: NonNullable<EndpointCall['explain']> },
): Promise<KubeTable> {
  const { kind, query, explain } = options
  const { namespace, labelSelector, fieldSelector, limit = Number.POSITIVE_INFINITY, signal } = query
  const table: KubeTable = { columns: [], rows: [], remaining: 0 }
  let token: string | undefined
  do {
    const response = await endpoint.call({
      path: pathOf(kind, namespace),
      query: {
        labelSelector,
        fieldSelector,
        limit: Math.min(pageSize, limit - table.rows.length),
        continue: token,
        includeObject: 'Metadata',
      },
      headers: { accept },
      signal,
      explain,
    })
    const page = parseAnswer({ upstream: endpoint.upstream, cluster: endpoint.cluster }, wire, response)
    // Later pages come without the definitions.
    if (page.columnDefinitions?.length) table.columns = page.columnDefinitions
    for (const { cells, object } of page.rows ?? []) {
      const { name, namespace, creationTimestamp } = object?.metadata ?? { name: String(cells[0] ?? '') }
      table.rows.push({
        name,
        ...(namespace !== undefined && { namespace }),
        ...(creationTimestamp && { created: creationTimestamp }),
        cells,
      })
    }
    token = page.metadata.continue || undefined
    table.remaining = token === undefined ? 0 : page.metadata.remainingItemCount
  } while (token !== undefined && table.rows.length < limit)
  return table
}
