import { personas } from '#personas/index.ts'
import type { ChatContext, ModelInfo, PersonaChoice } from '../types.ts'
import { modelFailure } from './agent/failure.ts'
import { openLink } from './agent/mcp-link.ts'
import { modelName } from './agent/model.ts'
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
    const [offered, clusters, model] = await Promise.all([
      link.personas().catch(() => undefined),
      readClusters(link, deps.host.limits?.toolMs ?? 5000),
      readModel(deps),
    ])
    return {
      personas: offered?.length ? offered : builtIn,
      clusters: clusters?.map(({ name }) => name) ?? [],
      silentClusters: clusters?.filter(({ silent }) => silent).map(({ name }) => name) ?? [],
      model,
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

async function readModel({ host, now }: Deps): Promise<ModelInfo> {
  const { llm } = host
  const reachable = async (): Promise<string> => {
    const response = await fetch(`${llm.baseUrl}/models`, {
      headers: llm.apiKey ? { authorization: `Bearer ${llm.apiKey}` } : {},
      signal: AbortSignal.timeout(3000),
    })
    await response.body?.cancel()
    if (!response.ok) throw Object.assign(new Error(), { statusCode: response.status })
    return modelName(llm, now())
  }
  try {
    return { name: await reachable(), demo: llm.demo, reachable: true }
  } catch (error) {
    const { message } = modelFailure(error, { baseUrl: llm.baseUrl, model: llm.model ?? '' })
    return { name: llm.model ?? 'model', demo: llm.demo, reachable: false, reason: message }
  }
}
