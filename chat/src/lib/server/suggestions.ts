import { personas } from '#personas/index.ts'
import type { Answer, Suggestion } from '../types.ts'
import type { McpLink } from './agent/mcp-link.ts'
import type { RunnerDeps } from './runs/runner.ts'
import { pageLink } from './world.ts'

const limitMs = 2500

/** Four questions: first what the fleet shows, then the persona's own. Never fails and never waits long. */
export async function suggest(deps: Pick<RunnerDeps, 'host' | 'now'>, persona: string): Promise<Suggestion[]> {
  const link = pageLink(deps, persona)
  try {
    const computed = (await Promise.all([alerts(link), nodes(link), deployments(link)])).flat()
    const own = (personas.find(({ id }) => id === persona) ?? personas[0])?.suggestions.map((text) => ({ text })) ?? []
    const seen = new Set<string>()
    return [...computed, ...own].filter(({ text }) => !seen.has(text) && seen.add(text)).slice(0, 4)
  } finally {
    await link.close()
  }
}

async function read(link: McpLink, tool: string, input: object = {}): Promise<Answer | undefined> {
  const output = await link.call(tool, input, AbortSignal.timeout(limitMs), limitMs).catch(() => undefined)
  return output?.isError ? undefined : output?.answer
}

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`

async function alerts(link: McpLink): Promise<Suggestion[]> {
  const answer = await read(link, 'list_alerts')
  const rows = answer?.data?.rows
  if (!Array.isArray(rows)) return []
  const critical = rows.filter((row: Record<string, unknown>) => row.severity === 'critical')
  if (critical.length > 0)
    return [
      {
        text: 'Look at the critical alerts: what is wrong and what comes first?',
        because: plural(critical.length, 'critical alert'),
        tone: 'bad',
      },
    ]
  const total = answer?.total ?? rows.length
  return total > 0 ? [{ text: 'Show firing alerts', because: `${plural(total, 'alert')} firing`, tone: 'warn' }] : []
}

async function nodes(link: McpLink): Promise<Suggestion[]> {
  const data = (await read(link, 'list_nodes'))?.data as
    | { summary?: { nodes: number; ready: number; gpuFree: number; gpuCapacity: number } }
    | undefined
  const summary = data?.summary
  if (!summary) return []
  const away = summary.nodes - summary.ready
  return [
    ...(away > 0
      ? [
          {
            text: 'Which nodes are not ready, and why?',
            because: `${plural(away, 'node')} of ${summary.nodes} not ready`,
            tone: 'warn' as const,
          },
        ]
      : []),
    {
      text: 'Which nodes have free GPUs?',
      because: `${summary.gpuFree} of ${summary.gpuCapacity} GPUs free`,
      tone: 'good',
    },
  ]
}

async function deployments(link: McpLink): Promise<Suggestion[]> {
  const rows = (await read(link, 'list_deployments'))?.data?.rows
  if (!Array.isArray(rows)) return []
  const bad = rows.find((row: Record<string, unknown>) => row.stateTone === 'bad' || row.statusTone === 'bad') as
    | Record<string, unknown>
    | undefined
  const name = bad && (bad.name ?? bad.model)
  return typeof name === 'string'
    ? [
        {
          text: `Why is ${name} not serving?`,
          because: `${name} is ${String(bad?.state ?? bad?.status ?? 'failing')}`,
          tone: 'bad',
        },
      ]
    : [
        {
          text: 'p95 time to first token per model, last hour',
          because: `${plural(rows.length, 'deployment')} serving`,
          tone: 'neutral',
        },
      ]
}
