import { personas } from '#personas/index.ts'
import type { Answer, Suggestion } from '../types.ts'
import { personaQuestions } from '../words/de/persona-questions.ts'
import type { Language, Words } from '../words/index.ts'
import { noticesIn } from '../words/notices-in.ts'
import type { McpLink } from './agent/mcp-link.ts'
import { endpointsOf } from './host.ts'
import { preferenceStore } from './preferences.ts'
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
type Offers = Words['notices']['offers']
const kept = new Map<string, { until: number; made: Promise<Suggestion[]> }>()

/** Four things worth asking now, in the person's language: first what the fleet shows, then the persona's own. Never fails and never waits long. */
export async function suggest(deps: Deps, persona: string): Promise<Suggestion[]> {
  const { host, now } = deps
  const { language } = await preferenceStore({ db: host.db, owner: host.person.id, now: () => new Date(now()) })
    .read()
    .catch(() => ({ language: 'en' as const }))
  return suggestIn(deps, persona, language)
}

function suggestIn(deps: Deps, persona: string, language: Language): Promise<Suggestion[]> {
  const { host, now } = deps
  const key = `${host.mcpUrl} ${host.person.id} ${host.person.role} ${persona} ${language}`
  const found = kept.get(key)
  if (found && found.until > now()) return found.made
  for (const [old, { until }] of kept) if (until <= now()) kept.delete(old)
  const made = compute(deps, persona, language)
  kept.set(key, { until: now() + keptMs, made })
  return made
}

async function compute(deps: Deps, persona: string, language: Language): Promise<Suggestion[]> {
  const link = remembering(pageLink(deps, persona))
  try {
    const said = await offersIn(language, { deps, link, persona })
    const asked =
      language !== 'en' && endpointsOf(deps.host)[0]?.demo ? await offersIn('en', { deps, link, persona }) : []
    return chosen(said.map((one, index) => ({ ...one, ...(asked[index] && { ask: asked[index].text }) })))
  } finally {
    await link.close()
  }
}

/** Everything that is worth asking, in the same order in every language. */
async function offersIn(
  language: Language,
  { deps, link, persona }: { deps: Deps; link: McpLink; persona: string },
): Promise<Ranked[]> {
  const { offers } = noticesIn(language)
  const [known, own, ...found] = await Promise.all([
    clusters(link, offers),
    ownQuestions(deps, { persona, language }),
    ...[alerts, failing, gpus, nodes, deployments, approvals].map((look) => look(link, offers)),
  ])
  return known.none ? beginning(offers) : [...known.found, ...found.flat(), ...own]
}

/** The same link, which asks each tool once. */
function remembering(link: McpLink): McpLink {
  const asked = new Map<string, ReturnType<McpLink['call']>>()
  return {
    ...link,
    call(...call) {
      const [name, input] = call
      const key = JSON.stringify([name, input])
      const answer = asked.get(key) ?? link.call(...call)
      asked.set(key, answer)
      return answer
    },
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
const beginning = (offers: Offers): Ranked[] => [
  { rank: 3, text: offers.register, because: offers.registerWhy, tone: 'neutral', href: '/fleet' },
  { rank: 2, text: offers.whatNeeded },
  { rank: 1, text: offers.whatCan },
]

async function read(link: McpLink, tool: string, input: object = {}): Promise<Answer | undefined> {
  const output = await link.call(tool, input, AbortSignal.timeout(limitMs), limitMs).catch(() => undefined)
  return output?.isError ? undefined : output?.answer
}

type Row = Record<string, unknown>
const rowsOf = (answer: Answer | undefined): Row[] | undefined =>
  answer?.empty ? [] : Array.isArray(answer?.data?.rows) ? (answer.data.rows as Row[]) : undefined
const sumOf = (rows: readonly Row[], key: string) => rows.reduce((sum, row) => sum + (Number(row[key]) || 0), 0)

async function ownQuestions(
  deps: Deps,
  { persona, language }: { persona: string; language: Language },
): Promise<Ranked[]> {
  const builtIn = personas.find(({ id }) => id === persona)
  const questions = builtIn?.suggestions ?? (await customQuestions(deps, persona)) ?? personas[0]!.suggestions
  // A persona that was chosen has a reason: its own come before good news
  return questions.map((text) => ({
    text: (language === 'de' && personaQuestions[text]) || text,
    rank: persona === personas[0]!.id ? rank.rest : rank.own,
  }))
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

async function clusters(link: McpLink, offers: Offers): Promise<{ none: boolean; found: Ranked[] }> {
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
              text: offers.silent(silent.slice(0, 3)),
              because: offers.silentWhy(silent.length),
              tone: 'bad',
            },
          ],
  }
}

async function alerts(link: McpLink, offers: Offers): Promise<Ranked[]> {
  const answer = await read(link, 'list_alerts')
  const rows = rowsOf(answer) ?? []
  const critical = rows.filter((row) => row.severity === 'critical')
  if (critical.length > 0)
    return [
      {
        rank: rank.critical,
        text: offers.critical,
        because: offers.criticalWhy(critical.length),
        tone: 'bad',
      },
    ]
  const total = answer?.total ?? rows.length
  return total > 0 ? [{ rank: rank.alerts, text: offers.firing, because: offers.firingWhy(total), tone: 'warn' }] : []
}

async function failing(link: McpLink, offers: Offers): Promise<Ranked[]> {
  const rows = rowsOf(await read(link, 'what_is_failing')) ?? []
  const pods = sumOf(rows, 'pods')
  return pods > 0
    ? [
        {
          rank: rank.failing,
          text: offers.failing,
          because: offers.failingWhy(pods),
          tone: 'bad',
        },
      ]
    : []
}

async function gpus(link: McpLink, offers: Offers): Promise<Ranked[]> {
  const sick = sumOf(rowsOf(await read(link, 'get_gpu_summary')) ?? [], 'withXid')
  return sick > 0
    ? [
        {
          rank: rank.gpus,
          text: offers.xid,
          because: offers.xidWhy(sick),
          tone: 'bad',
        },
      ]
    : []
}

async function approvals(link: McpLink, offers: Offers): Promise<Ranked[]> {
  const answer = await read(link, 'list_approvals', { state: 'pending', limit: 20 })
  const waiting = answer?.total ?? rowsOf(answer)?.length ?? 0
  return waiting > 0
    ? [
        {
          rank: rank.waiting,
          text: offers.decide,
          because: offers.decideWhy(waiting),
          tone: 'warn',
          href: '/approvals',
        },
      ]
    : []
}

async function nodes(link: McpLink, offers: Offers): Promise<Ranked[]> {
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
            text: offers.away,
            because: offers.awayWhy(away, summary.nodes),
            tone: 'warn' as const,
          },
        ]
      : []),
    {
      rank: rank.calm,
      text: offers.free,
      because: offers.freeWhy(summary.gpuFree, summary.gpuCapacity),
      tone: 'good',
    },
  ]
}

async function deployments(link: McpLink, offers: Offers): Promise<Ranked[]> {
  const rows = rowsOf(await read(link, 'list_deployments'))
  if (!rows) return []
  const bad = rows.find((row) => row.stateTone === 'bad' || row.statusTone === 'bad')
  const name = bad && (bad.name ?? bad.model)
  if (typeof name === 'string')
    return [
      {
        rank: rank.serving,
        text: offers.serving(name),
        because: offers.servingWhy(name, String(bad?.state ?? bad?.status ?? 'failing')),
        tone: 'bad',
      },
    ]
  return rows.length > 0
    ? [
        {
          rank: rank.calm,
          text: offers.first,
          because: offers.firstWhy(rows.length),
          tone: 'neutral',
        },
      ]
    : []
}
