import { personas } from '#personas/index.ts'
import type { Answer, Suggestion } from '../types.ts'
import type { McpLink } from './agent/mcp-link.ts'
import type { RunnerDeps } from './runs/runner.ts'
import { pageLink } from './world.ts'

const limitMs = 2_500
const keptMs = 15_000
const most = 4

/** The higher, the sooner a person wants to know. */
const rank = {
  dark: 100,
  critical: 95,
  failing: 90,
  serving: 88,
  gpus: 85,
  waiting: 80,
  nodes: 75,
  alerts: 60,
  own: 50,
  calm: 20,
  rest: 10,
}

interface Ranked extends Suggestion {
  rank: number
}

type Deps = Pick<RunnerDeps, 'host' | 'now'>
const kept = new Map<string, { until: number; made: Promise<Suggestion[]> }>()

/** Four things worth asking now: first what the fleet shows, then the persona's own. Never fails and never waits long. */
export function suggest(deps: Deps, persona: string): Promise<Suggestion[]> {
  const { host, now } = deps
  const key = `${host.mcpUrl} ${host.person.id} ${host.person.role} ${persona}`
  const found = kept.get(key)
  if (found && found.until > now()) return found.made
  for (const [old, { until }] of kept) if (until <= now()) kept.delete(old)
  const made = compute(deps, persona)
  kept.set(key, { until: now() + keptMs, made })
  return made
}

async function compute(deps: Deps, persona: string): Promise<Suggestion[]> {
  const link = pageLink(deps, persona)
  try {
    const [known, own, ...found] = await Promise.all([
      clusters(link),
      ownQuestions(deps, persona),
      ...[alerts, failing, gpus, nodes, deployments, approvals].map((look) => look(link)),
    ])
    if (known.none) return beginning
    return chosen([...known.found, ...found.flat(), ...own])
  } finally {
    await link.close()
  }
}

/** The first of each text, by rank; what is equal stays in its order. */
export function chosen(all: readonly Ranked[]): Suggestion[] {
  const seen = new Set<string>()
  return all
    .filter(({ text }) => !seen.has(text) && seen.add(text))
    .sort((a, b) => b.rank - a.rank)
    .slice(0, most)
    .map(({ rank: _, ...suggestion }) => suggestion)
}

/** Of a product that knows no cluster yet. */
const beginning: Suggestion[] = [
  { text: 'Register the first cluster', because: 'No cluster is registered yet', tone: 'neutral', href: '/fleet' },
  { text: 'What do I need to register a cluster?' },
  { text: 'What can you do for me?' },
]

async function read(link: McpLink, tool: string, input: object = {}): Promise<Answer | undefined> {
  const output = await link.call(tool, input, AbortSignal.timeout(limitMs), limitMs).catch(() => undefined)
  return output?.isError ? undefined : output?.answer
}

type Row = Record<string, unknown>
const rowsOf = (answer: Answer | undefined): Row[] | undefined =>
  answer?.empty ? [] : Array.isArray(answer?.data?.rows) ? (answer.data.rows as Row[]) : undefined
const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`
const sumOf = (rows: readonly Row[], key: string) => rows.reduce((sum, row) => sum + (Number(row[key]) || 0), 0)

async function ownQuestions(deps: Deps, persona: string): Promise<Ranked[]> {
  const builtIn = personas.find(({ id }) => id === persona)
  const questions = builtIn?.suggestions ?? (await customQuestions(deps, persona)) ?? personas[0]!.suggestions
  // A persona that was chosen has a reason: its own come before good news
  return questions.map((text) => ({ text, rank: persona === personas[0]!.id ? rank.rest : rank.own }))
}

async function customQuestions(deps: Deps, persona: string): Promise<string[] | undefined> {
  const link = pageLink(deps)
  try {
    const found = rowsOf(await read(link, 'list_personas'))?.find(({ id }) => id === persona)
    return Array.isArray(found?.suggestions) && found.suggestions.length > 0 ? found.suggestions : undefined
  } finally {
    await link.close()
  }
}

async function clusters(link: McpLink): Promise<{ none: boolean; found: Ranked[] }> {
  const rows = rowsOf(await read(link, 'list_clusters'))
  const silent = (rows ?? []).filter(({ stateTone }) => stateTone === 'bad').map(({ name }) => String(name))
  return {
    none: rows?.length === 0,
    found:
      silent.length === 0
        ? []
        : [
            {
              rank: rank.dark,
              text: `Why ${silent.length === 1 ? 'does' : 'do'} ${silent.slice(0, 3).join(', ')} not answer?`,
              because: `${plural(silent.length, 'cluster')} silent`,
              tone: 'bad',
            },
          ],
  }
}

async function alerts(link: McpLink): Promise<Ranked[]> {
  const answer = await read(link, 'list_alerts')
  const rows = rowsOf(answer) ?? []
  const critical = rows.filter((row) => row.severity === 'critical')
  if (critical.length > 0)
    return [
      {
        rank: rank.critical,
        text: 'Look at the critical alerts: what is wrong and what comes first?',
        because: plural(critical.length, 'critical alert'),
        tone: 'bad',
      },
    ]
  const total = answer?.total ?? rows.length
  return total > 0
    ? [{ rank: rank.alerts, text: 'Show firing alerts', because: `${plural(total, 'alert')} firing`, tone: 'warn' }]
    : []
}

async function failing(link: McpLink): Promise<Ranked[]> {
  const rows = rowsOf(await read(link, 'what_is_failing')) ?? []
  const pods = sumOf(rows, 'pods')
  return pods > 0
    ? [
        {
          rank: rank.failing,
          text: 'What is failing, and why?',
          because: `${plural(pods, 'pod')} failing`,
          tone: 'bad',
        },
      ]
    : []
}

async function gpus(link: McpLink): Promise<Ranked[]> {
  const sick = sumOf(rowsOf(await read(link, 'get_gpu_summary')) ?? [], 'withXid')
  return sick > 0
    ? [
        {
          rank: rank.gpus,
          text: 'Which GPUs have XID errors, and what do they mean?',
          because: `${plural(sick, 'GPU')} with XID errors`,
          tone: 'bad',
        },
      ]
    : []
}

async function approvals(link: McpLink): Promise<Ranked[]> {
  const answer = await read(link, 'list_approvals', { state: 'pending', limit: 20 })
  const waiting = answer?.total ?? rowsOf(answer)?.length ?? 0
  return waiting > 0
    ? [
        {
          rank: rank.waiting,
          text: 'Decide what waits for approval',
          because: `${plural(waiting, 'change')} waiting`,
          tone: 'warn',
          href: '/approvals',
        },
      ]
    : []
}

async function nodes(link: McpLink): Promise<Ranked[]> {
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
            rank: rank.nodes,
            text: 'Which nodes are not ready, and why?',
            because: `${plural(away, 'node')} of ${summary.nodes} not ready`,
            tone: 'warn' as const,
          },
        ]
      : []),
    {
      rank: rank.calm,
      text: 'Which nodes have free GPUs?',
      because: `${summary.gpuFree} of ${summary.gpuCapacity} GPUs free`,
      tone: 'good',
    },
  ]
}

async function deployments(link: McpLink): Promise<Ranked[]> {
  const rows = rowsOf(await read(link, 'list_deployments'))
  if (!rows) return []
  const bad = rows.find((row) => row.stateTone === 'bad' || row.statusTone === 'bad')
  const name = bad && (bad.name ?? bad.model)
  if (typeof name === 'string')
    return [
      {
        rank: rank.serving,
        text: `Why is ${name} not serving?`,
        because: `${name} is ${String(bad?.state ?? bad?.status ?? 'failing')}`,
        tone: 'bad',
      },
    ]
  return rows.length > 0
    ? [
        {
          rank: rank.calm,
          text: 'p95 time to first token per model, last hour',
          because: `${plural(rows.length, 'deployment')} serving`,
          tone: 'neutral',
        },
      ]
    : []
}
