import { personas } from '#personas/index.ts'
import type { ChatContext, EndpointChoice, ModelInfo, PersonaChoice } from '../types.ts'
import { choiceOf, probe } from './agent/health.ts'
import { openLink } from './agent/mcp-link.ts'
import { endpointsOf } from './host.ts'
import type { RunnerDeps } from './runs/runner.ts'

type Deps = Pick<RunnerDeps, 'host' | 'now'>

/** A link for the page's own reading, outside any conversation. */
export const pageLink = ({ host, now }: Deps, persona = 'default') =>
  openLink({ url: host.mcpUrl, token: host.agentToken({ conversation: 'page', persona, clusters: [] }), persona, now })

const builtIn: PersonaChoice[] = personas.map(({ id, name, description }) => ({ id, name, description }))

/** What the pickers offer. Each part degrades on its own: a dead server or model never hides the page. */
export async function readContext(deps: Deps): Promise<ChatContext> {
  const link = pageLink(deps)
  try {
    const [offered, clusters, endpoints] = await Promise.all([
      link.personas().catch(() => undefined),
      readClusters(link, deps.host.limits?.toolMs ?? 5000),
      readEndpoints(deps),
    ])
    return {
      personas: offered?.length ? offered : builtIn,
      clusters: clusters?.map(({ name }) => name) ?? [],
      silentClusters: clusters?.filter(({ silent }) => silent).map(({ name }) => name) ?? [],
      model: defaultModel(deps, endpoints),
      endpoints,
      toolsReachable: offered !== undefined || clusters !== undefined,
    }
  } finally {
    await link.close()
  }
}

interface KnownCluster {
  name: string
  /** It does not answer */
  silent: boolean
}

async function readClusters(link: ReturnType<typeof openLink>, timeoutMs: number): Promise<KnownCluster[] | undefined> {
  try {
    const { answer } = await link.call('list_clusters', {}, AbortSignal.timeout(timeoutMs), timeoutMs)
    const rows = answer?.data?.rows
    if (!Array.isArray(rows)) return undefined
    return rows.flatMap((row: Record<string, unknown>) => {
      const name = row.name ?? row.cluster ?? row.id
      return typeof name === 'string' ? [{ name, silent: row.stateTone === 'bad' }] : []
    })
  } catch {
    return undefined
  }
}

/** Looks at each endpoint, at most every few seconds, and says how each is. */
async function readEndpoints({ host, now }: Deps): Promise<EndpointChoice[]> {
  const endpoints = endpointsOf(host)
  await Promise.all(endpoints.map((endpoint) => probe(endpoint, now)))
  return endpoints.map((endpoint) => choiceOf(endpoint, now()))
}

/** The one that a new conversation gets. */
function defaultModel({ host }: Deps, choices: readonly EndpointChoice[]): ModelInfo {
  const [first] = choices
  const standIn = choices.find(({ state }) => state !== 'down')
  const name = first?.model ?? host.llm.model ?? 'model'
  if (standIn)
    return { name: standIn === first ? name : (standIn.model ?? standIn.name), demo: standIn.demo, reachable: true }
  return { name, demo: host.llm.demo, reachable: false, ...(first?.reason && { reason: first.reason }) }
}
