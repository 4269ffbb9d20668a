import { isToolError, ToolError } from '#contract'
import type { Endpoint } from '../endpoint.ts'
import { nearestTo } from '../near.ts'
import { checkAnswer, jsonOf, parseAnswer } from '../parse.ts'
import type { ResourceKind } from './types.ts'
import { aggregatedDiscovery, apiGroupList, apiResourceList, apiVersions } from './wire.ts'

/** One served kind with every name people use for it. */
interface Served extends ResourceKind {
  names: string[]
}

/** All that one API server serves, in its own order of preference. */
interface Index {
  served: Served[]
  /** group → versions, preferred first */
  versions: Map<string, string[]>
  atMs: number
}

const aggregated = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat('application/json')
  .join(',')

/** Why a load ends early that belongs to whoever began it: its signal, or its patience. */
const notOurs = new Set(['cancelled', 'upstream-timeout'])

const keptMs = 5 * 60_000
/** A name that is not there is looked for again when the knowledge is older than this: a CRD may just have been installed. */
const missKeptMs = 5_000
/** Groups whose kinds win where a name is served by several, such as `events`. */
const groupRank = (group: string) => ['', 'apps', 'batch'].indexOf(group) + 1 || 9

interface RawResource {
  resource: string
  singular?: string
  kind: string
  namespaced: boolean
  shortNames?: string[]
}

function servedOf(group: string, version: string, raw: RawResource): Served {
  const { resource, singular, kind, namespaced, shortNames = [] } = raw
  const names = [resource, singular, kind, ...shortNames].filter((name) => name !== undefined && name !== '')
  return { group, version, resource, kind, namespaced, names: names.map((name) => name!.toLowerCase()) }
}

function fromAggregated(answer: ReturnType<typeof aggregatedDiscovery.parse>, into: Index): void {
  for (const item of answer.items ?? []) {
    const group = item.metadata?.name ?? ''
    into.versions.set(
      group,
      (item.versions ?? []).map(({ version }) => version),
    )
    for (const { version, resources } of item.versions ?? []) {
      for (const { resource, singularResource, responseKind, scope, shortNames } of resources ?? []) {
        if (!responseKind?.kind) continue
        const raw = { resource, singular: singularResource, kind: responseKind.kind, shortNames }
        into.served.push(servedOf(group, version, { ...raw, namespaced: scope === 'Namespaced' }))
      }
    }
  }
}

/** What an API server serves and how to find a kind by any of its names. Kept five minutes. */
export function createDiscovery(endpoint: Endpoint, now: () => number) {
  const asked = { upstream: endpoint.upstream, cluster: endpoint.cluster }
  let known: Promise<Index> | undefined

  async function resourcesOf(group: string, version: string, signal?: AbortSignal): Promise<Served[]> {
    const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
    const { resources } = parseAnswer(asked, apiResourceList, await endpoint.call({ path, signal }))
    return resources
      .filter(({ name }) => !name.includes('/'))
      .map(({ name, singularName, kind, namespaced, shortNames }) =>
        servedOf(group, version, { resource: name, singular: singularName, kind, namespaced, shortNames }),
      )
  }

  /** Before Kubernetes 1.26: one question for each group version. A group whose own server is down is left out. */
  async function fromGroups(into: Index, versionsOf: [string, string[]][], signal?: AbortSignal): Promise<void> {
    const pairs = versionsOf.flatMap(([group, versions]) => versions.map((version) => ({ group, version })))
    for (const [group, versions] of versionsOf) into.versions.set(group, versions)
    const lists = await Promise.all(
      pairs.map(({ group, version }) =>
        resourcesOf(group, version, signal).catch((error) => {
          if (group === '' || (isToolError(error) && error.code === 'cancelled')) throw error
          return []
        }),
      ),
    )
    into.served.push(...lists.flat())
  }

  async function load(signal?: AbortSignal): Promise<Index> {
    const index: Index = { served: [], versions: new Map(), atMs: now() }
    const answers = await Promise.all(
      ['/api', '/apis'].map((path) => endpoint.call({ path, headers: { accept: aggregated }, signal })),
    )
    const legacy: [string, string[]][] = []
    for (const [position, answer] of answers.entries()) {
      const json = jsonOf(asked, answer)
      const whole = aggregatedDiscovery.safeParse(json)
      if (whole.success) fromAggregated(whole.data, index)
      else if (position === 0) legacy.push(['', checkAnswer(asked, apiVersions, json).versions])
      else {
        for (const { name, versions, preferredVersion } of checkAnswer(asked, apiGroupList, json).groups) {
          const all = versions.map(({ version }) => version)
          const first = preferredVersion?.version
          legacy.push([name, first ? [first, ...all.filter((version) => version !== first)] : all])
        }
      }
    }
    if (legacy.length > 0) await fromGroups(index, legacy, signal)
    return index
  }

  async function index(maxAgeMs: number, signal?: AbortSignal): Promise<Index> {
    // Who asks while another loads waits for that, so that many questions at once load once
    for (let waited: typeof known; known && known !== waited; ) {
      waited = known
      const present = await waited.catch((error) => {
        if (isToolError(error) && notOurs.has(error.code)) return undefined
        throw error
      })
      if (present && now() - present.atMs < maxAgeMs) return present
    }
    // Each caller loads with its own signal; a load that somebody else cancelled must not fail this one.
    const loading = load(signal)
    known = loading
    loading.catch(() => {
      if (known === loading) known = undefined
    })
    return loading
  }

  function find({ served }: Index, name: string): Served | undefined {
    const [first = '', ...rest] = name.toLowerCase().split('.')
    const matches = (one: Served) => {
      if (!one.names.includes(first)) return false
      const suffix = rest.join('.')
      return suffix === '' || suffix === one.group || suffix === `${one.version}.${one.group}` || suffix === one.version
    }
    const found = served.filter(matches)
    return found.sort((a, b) => groupRank(a.group) - groupRank(b.group))[0]
  }

  /** `apps/v1/deployments` and `apps/v1 Deployment` read as `deployments.v1.apps`. */
  const normal = (name: string) => {
    const parts = name.trim().split(/[/\s]+/)
    if (parts.length === 3) return `${parts[2]}.${parts[1]}.${parts[0]}`
    if (parts.length === 2) return /^v\d/.test(parts[0]!) ? parts[1]! : `${parts[1]}.${parts[0]}`
    return name.trim()
  }

  return {
    async servedVersions(group: string, signal?: AbortSignal): Promise<string[]> {
      const versions = (await index(keptMs, signal)).versions.get(group)
      return versions ?? (await index(missKeptMs, signal)).versions.get(group) ?? []
    },
    async resolve(name: string, signal?: AbortSignal): Promise<ResourceKind> {
      const wanted = normal(name)
      const found = find(await index(keptMs, signal), wanted) ?? find(await index(missKeptMs, signal), wanted)
      if (found) {
        const { names: _names, ...kind } = found
        return kind
      }
      const { served } = await index(keptMs, signal)
      const near = nearestTo(wanted.split('.')[0]!, [...new Set(served.flatMap(({ names }) => names))])
      throw new ToolError('not-found', `Cluster ${endpoint.cluster} serves no kind named "${name}".`, {
        next:
          near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'Check that its operator or CRD is installed there.',
        cluster: endpoint.cluster,
        field: 'kind',
        details: { upstream: 'kubernetes', near },
      })
    },
  }
}
