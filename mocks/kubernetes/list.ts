import type { Cluster } from '../world/cluster.ts'
import type { KubeObject } from '../world/kube-types.ts'
import type { ResourceType } from './resources.ts'
import { both, fieldSelector, labelSelector, type Predicate } from './selectors.ts'
import { itemText } from './serialize.ts'
import { badRequest, expired } from './status.ts'
import { tableText } from './table.ts'

export interface Query {
  namespace: string | undefined
  parameters: URLSearchParams
  accept: string
}

export function selectorOf(type: ResourceType, { namespace, parameters }: Query): Predicate | undefined {
  const selected = both(
    labelSelector(parameters.get('labelSelector')),
    fieldSelector(type, parameters.get('fieldSelector')),
  )
  return both(namespace ? (object) => object.metadata.namespace === namespace : undefined, selected)
}

interface Continue {
  revision: number
  after: string
}

const keyOf = ({ metadata }: KubeObject) => `${metadata.namespace ?? ''}/${metadata.name}`

/** The text of a list, page by page where the caller set a limit. */
export function listText(cluster: Cluster, type: ResourceType, query: Query): string {
  const { parameters, accept } = query
  const selector = selectorOf(type, query)
  const limit = Number(parameters.get('limit') ?? 0)
  const token = parameters.get('continue')
  const from = token ? decode(token) : undefined
  let objects: KubeObject[] = cluster.store.list(type.key)
  if (from) objects = objects.filter((object) => keyOf(object) > from.after)
  const matching = selector ? objects.filter(selector) : objects
  const page = limit > 0 ? matching.slice(0, limit) : matching
  const more = matching.length - page.length
  const last = page.at(-1)
  const metadata: Record<string, unknown> = { resourceVersion: String(cluster.store.revision()) }
  if (more > 0 && last) {
    metadata.continue = encode({ revision: from?.revision ?? cluster.store.revision(), after: keyOf(last) })
    // Kubernetes does not count what remains when a selector is at work.
    if (!parameters.get('labelSelector') && !parameters.get('fieldSelector')) metadata.remainingItemCount = more
  }
  if (/as=Table/.test(accept)) {
    const includeObject = parameters.get('includeObject') ?? 'Metadata'
    return tableText({ type, objects: page, metadata, nowMs: cluster.timeline.now(), includeObject })
  }
  if (/as=PartialObjectMetadataList/.test(accept)) {
    const items = page.map((object) => ({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: object.metadata,
    }))
    return JSON.stringify({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items })
  }
  const apiVersion = type.group ? `${type.group}/${type.version}` : type.version
  const items = page.map((object) => itemText(type, object)).join(',')
  return `{"kind":"${type.kind}List","apiVersion":"${apiVersion}","metadata":${JSON.stringify(metadata)},"items":[${items}]}`
}

function encode(token: Continue): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: token.revision, start: token.after })).toString(
    'base64url',
  )
}

function decode(text: string): Continue {
  let parsed: { rv?: unknown; start?: unknown }
  try {
    parsed = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    throw badRequest('continue key is not valid: not a token of this server')
  }
  if (typeof parsed.rv !== 'number' || typeof parsed.start !== 'string') throw badRequest('continue key is not valid')
  if (parsed.rv < 0) throw expired('The provided continue parameter is too old to display a consistent list result.')
  return { revision: parsed.rv, after: parsed.start }
}
