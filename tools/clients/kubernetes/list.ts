import { isToolError } from '#contract'
import type { Endpoint, EndpointCall } from '../endpoint.ts'
import { parseAnswer } from '../parse.ts'
import { apiVersionOf, pathOf } from './paths.ts'
import type { KubeObject, ListQuery, ResourceKind } from './types.ts'
import { kubeList } from './wire.ts'

const pageSize = 500
/** How often a list begins anew because the server forgot its continue token (410). */
const restarts = 2

/** All objects, by pages of 500, or the first `limit`. `remaining`: how many more there are, where the server tells or it is known to be 0. */
export async function listAll(
  endpoint: Endpoint,
  options: { kind: ResourceKind; query: ListQuery; explain: NonNullable<EndpointCall['explain']> },
): Promise<{ items: KubeObject[]; resourceVersion: string; remaining?: number }> {
  const { kind, query, explain } = options
  const asked = { upstream: endpoint.upstream, cluster: endpoint.cluster }
  const { namespace, labelSelector, fieldSelector, limit = Number.POSITIVE_INFINITY, signal } = query
  const apiVersion = apiVersionOf(kind)

  async function page(token: string | undefined, count: number) {
    const response = await endpoint.call({
      path: pathOf(kind, namespace),
      query: { labelSelector, fieldSelector, limit: count, continue: token },
      signal,
      explain,
    })
    const { metadata, items } = parseAnswer(asked, kubeList, response)
    for (const item of items ?? []) {
      // Lists leave out what every item shares; an object without its kind cannot be read on its own.
      item.apiVersion ??= apiVersion
      item.kind ??= kind.kind
    }
    return { metadata, items: items ?? [] }
  }

  async function pages() {
    const items: KubeObject[] = []
    let token: string | undefined
    for (;;) {
      const next = await page(token, Math.min(pageSize, limit - items.length))
      items.push(...next.items)
      token = next.metadata.continue || undefined
      const { resourceVersion = '', remainingItemCount } = next.metadata
      if (token === undefined) return { items, resourceVersion, remaining: 0 }
      if (items.length >= limit) return { items, resourceVersion, remaining: remainingItemCount }
    }
  }

  for (let round = 0; ; round += 1) {
    try {
      return await pages()
    } catch (error) {
      const isGone = isToolError(error) && error.options.details?.status === 410
      if (!isGone || round >= restarts) throw error
    }
  }
}
