import { isToolError } from '#contract'
import type { Endpoint, EndpointCall } from '../endpoint.ts'
import type { HttpResponse } from '../http.ts'
import { parseAnswer } from '../parse.ts'
import { apiVersionOf, pathOf } from './paths.ts'
import type { KubeObject, ListQuery, ResourceKind } from './types.ts'
import { kubeList } from './wire.ts'

const pageSize = 500
/** How often a list begins anew because the server forgot its continue token (410). */
const restarts = 2

export interface ListOptions {
  kind: ResourceKind
  query: ListQuery
  explain: NonNullable<EndpointCall['explain']>
  /** What is kept of each object; the rest is let go page by page */
  keep?: (object: KubeObject) => KubeObject
  /** Called with the first page */
  begun?: () => void
}

/** The API server writes the token before the items: the next page can be under way while this one is parsed. */
const tokenAhead = (response: HttpResponse): string | undefined =>
  /^\{"kind":"\w+","apiVersion":"[^"]+","metadata":\{[^{}]*"continue":"([\w+/=-]+)"/.exec(
    response.body.subarray(0, 2_000).toString('latin1'),
  )?.[1]

/** All objects, by pages of 500, or the first `limit`. `remaining`: how many more there are, where the server tells or it is known to be 0. */
export async function listAll(
  endpoint: Endpoint,
  options: ListOptions,
): Promise<{ items: KubeObject[]; resourceVersion: string; remaining?: number }> {
  const { kind, query, explain, keep, begun } = options
  const asked = { upstream: endpoint.upstream, cluster: endpoint.cluster }
  const { namespace, labelSelector, fieldSelector, limit = Number.POSITIVE_INFINITY, signal } = query
  const apiVersion = apiVersionOf(kind)

  const ask = (token: string | undefined, count: number): Promise<HttpResponse> =>
    endpoint.call({
      path: pathOf(kind, namespace),
      query: { labelSelector, fieldSelector, limit: count, continue: token },
      signal,
      explain,
    })

  function read(response: HttpResponse) {
    const { metadata, items } = parseAnswer(asked, kubeList, response)
    const whole = (items ?? []).map((item) => {
      // Lists leave out what every item shares; an object without its kind cannot be read on its own.
      item.apiVersion ??= apiVersion
      item.kind ??= kind.kind
      return keep ? keep(item) : item
    })
    return { metadata, items: whole }
  }

  async function pages() {
    const items: KubeObject[] = []
    let coming: Promise<HttpResponse> | undefined
    for (;;) {
      const response = await (coming ?? ask(undefined, Math.min(pageSize, limit)))
      begun?.()
      const ahead = limit === Number.POSITIVE_INFINITY ? tokenAhead(response) : undefined
      coming = ahead === undefined ? undefined : ask(ahead, pageSize)
      // Should this page be garbage, nobody waits for the next.
      coming?.catch(() => {})
      const next = read(response)
      items.push(...next.items)
      const token = next.metadata.continue || undefined
      const { resourceVersion = '', remainingItemCount } = next.metadata
      if (token === undefined) return { items, resourceVersion, remaining: 0 }
      if (items.length >= limit) return { items, resourceVersion, remaining: remainingItemCount }
      coming ??= ask(token, Math.min(pageSize, limit - items.length))
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
