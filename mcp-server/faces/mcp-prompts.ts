import type { Server } from '@modelcontextprotocol/server'
import { ToolError } from '#contract'
import { type Completed, type Runbook, runbooks } from '#personas/runbooks/index.ts'
import type { Road } from '../call-tool.ts'
import type { Identified } from '../policy/identify.ts'
import type { PersonaList } from '../policy/persona-list.ts'
import type { Results } from '../results/store.ts'
import { complete, completedKinds, mostValues } from './completions.ts'

export interface PromptParts {
  road: Road
  personas: PersonaList
  results: Results
}

const resultTemplate = {
  uriTemplate: 'quartermaster://results/{id}',
  name: 'result',
  title: 'A kept result',
  description: 'The whole of an answer that was too long to show',
  mimeType: 'application/json',
}
/** One thing of the fleet by name, for clients that let people point at things. */
const mentionTemplate = {
  uriTemplate: 'quartermaster://fleet/{kind}/{name}',
  name: 'mention',
  title: 'Something of the fleet',
  description: `A ${completedKinds.join(', ')} by name, as it stands now`,
  mimeType: 'text/plain',
}

const unknown = (what: string, next: string) =>
  new ToolError('not-found', `There is no ${what.slice(0, 120)}`, { next })

function runbookOf(name: string): Runbook {
  const id = name.replace(/^runbook\//, '')
  const found = runbooks.find((runbook) => runbook.id === id)
  if (!found) throw unknown(`runbook ${id}`, `Use one of: ${runbooks.map((one) => one.id).join(', ')}`)
  return found
}

/** @throws ToolError invalid-input that names the argument which is missing or unknown */
function argumentsFor(runbook: Runbook, given: Record<string, string>): Record<string, string> {
  const stranger = Object.keys(given).find((name) => !runbook.arguments.some((one) => one.name === name))
  if (stranger)
    throw new ToolError('invalid-input', `${runbook.id} has no argument ${stranger.slice(0, 60)}`, {
      field: stranger.slice(0, 60),
      next: `It takes: ${runbook.arguments.map(({ name }) => name).join(', ')}`,
    })
  const known: Record<string, string> = {}
  for (const { name, title, required } of runbook.arguments) {
    const value = (given[name] ?? '').trim().slice(0, 2_000)
    if (value) known[name] = value
    else if (required)
      throw new ToolError('invalid-input', `${title} is missing`, { field: name, next: `Give ${name}` })
  }
  return known
}

/** Prompts (personas and runbooks), resources and completions of one caller. */
export function offerPrompts(
  server: Server,
  parts: PromptParts,
  { who, guarded }: { who: Identified; guarded: <T>(work: () => T | Promise<T>) => Promise<T> },
): void {
  const text = (words: string) => ({
    messages: [{ role: 'user' as const, content: { type: 'text' as const, text: words } }],
  })

  server.setRequestHandler('prompts/list', () => ({
    prompts: [
      ...parts.personas
        .all()
        .map((persona) => ({ name: `persona/${persona.id}`, title: persona.name, description: persona.description })),
      ...runbooks.map((runbook) => ({
        name: `runbook/${runbook.id}`,
        title: runbook.title,
        description: runbook.about,
        arguments: runbook.arguments.map(({ name, title, about, required }) => ({
          name,
          title,
          description: about,
          required,
        })),
      })),
    ],
  }))
  server.setRequestHandler('prompts/get', ({ params }) =>
    guarded(() => {
      if (params.name.startsWith('runbook/')) {
        const runbook = runbookOf(params.name)
        return text(runbook.ask(argumentsFor(runbook, params.arguments ?? {})))
      }
      const id = parts.personas.check(params.name.replace(/^persona\//, '').slice(0, 100))
      return text(parts.personas.prompt(id))
    }),
  )

  server.setRequestHandler('completion/complete', ({ params }) =>
    guarded(async () => {
      const { ref, argument } = params
      const kind = kindOf(ref, argument.name, params.context?.arguments)
      const found = kind ? await complete(parts.road, { who, kind, text: argument.value.slice(0, 200) }) : []
      // More than what fits may be there: the caller goes on typing
      return { completion: { values: found.map(({ value }) => value), hasMore: found.length === mostValues } }
    }),
  )

  server.setRequestHandler('resources/list', () => ({ resources: [] }))
  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates: [resultTemplate, mentionTemplate] }))
  server.setRequestHandler('resources/read', ({ params: { uri } }) =>
    guarded(async () => {
      const mention = /^quartermaster:\/\/fleet\/([a-z-]{1,20})\/(.{1,300})$/.exec(uri)
      if (mention) return { contents: [{ uri, mimeType: 'text/plain', text: await mentioned(mention) }] }
      const id = /^quartermaster:\/\/results\/([\w-]{1,64})$/.exec(uri)?.[1] ?? '(none)'
      const kept = await parts.results.get(id, who.actor.id)
      return { contents: [{ uri, mimeType: 'application/json', text: JSON.stringify(kept.data) }] }
    }),
  )

  /** What its list says of it, in the words that a model reads. */
  async function mentioned([, kind = '', encoded = '']: RegExpExecArray): Promise<string> {
    const name = decoded(encoded)
    const reading = readOf[kind as Completed]
    if (!reading) throw unknown(`kind ${kind}`, `Use one of: ${completedKinds.join(', ')}`)
    const { tool, input } = reading(name)
    const { text: words, answer } = await parts.road({
      tool,
      input,
      actor: who.actor,
      face: 'mcp',
      conversationClusters: who.conversationClusters,
    })
    if (answer.error) throw new ToolError('not-found', answer.error.message, { next: answer.error.next })
    return words
  }
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const inCluster = (name: string) => {
  const [cluster = '', ...rest] = name.split('/')
  return rest.length > 0 ? { clusters: [cluster], text: rest.join('/') } : { text: name }
}
const listed = (tool: string) => (name: string) => ({ tool, input: { ...inCluster(name), limit: 5 } })
const readOf: Record<Completed, (name: string) => { tool: string; input: Record<string, unknown> }> = {
  cluster: (name) => ({ tool: 'get_cluster_status', input: { cluster: name } }),
  node: listed('list_nodes'),
  pod: listed('list_pods'),
  deployment: listed('list_deployments'),
  'ray-cluster': listed('list_ray_clusters'),
  model: (name) => ({ tool: 'list_models', input: { text: name, limit: 5 } }),
  alert: (name) => ({ tool: 'list_alerts', input: { text: name, limit: 5 } }),
}

function kindOf(
  ref: { type: string; name?: string; uri?: string },
  argument: string,
  around: Record<string, string> | undefined,
): Completed | undefined {
  if (ref.type === 'ref/prompt' && ref.name?.startsWith('runbook/'))
    return runbookOf(ref.name).arguments.find(({ name }) => name === argument)?.of
  if (ref.type === 'ref/resource' && ref.uri === mentionTemplate.uriTemplate && argument === 'name')
    return completedKinds.find((kind) => kind === around?.kind)
  return undefined
}
