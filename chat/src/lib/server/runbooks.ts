import { ToolError } from '#contract'
import type { Mention, RunbookChoice } from '../types.ts'
import type { McpLink } from './agent/mcp-link.ts'
import type { RunnerDeps } from './runs/runner.ts'
import { pageLink } from './world.ts'

type Deps = Pick<RunnerDeps, 'host' | 'now'>

/** What `@` finds, in the order in which people mean it. */
const mentionKinds = ['node', 'deployment', 'pod', 'cluster', 'ray-cluster', 'model'] as const
const mostPerKind = 5
const patienceMs = 5_000

async function linked<T>(deps: Deps, work: (link: McpLink) => Promise<T>): Promise<T> {
  const link = pageLink(deps)
  try {
    return await work(link)
  } finally {
    await link.close()
  }
}

/** @throws ToolError upstream-unreachable */
export const listRunbooks = (deps: Deps): Promise<RunbookChoice[]> =>
  linked(deps, (link) => link.runbooks()).catch((cause) => {
    throw new ToolError('upstream-unreachable', 'The runbooks cannot be read right now.', {
      next: 'Ask in your own words, or try again in a moment.',
      cause,
    })
  })

/** @throws ToolError invalid-input with the server's words: they name the argument */
export const askRunbook = (deps: Deps, id: string, given: Record<string, string>): Promise<string> =>
  linked(deps, (link) => link.runbook(id, given)).catch((cause) => {
    throw new ToolError('invalid-input', cause instanceof Error ? cause.message : 'The runbook was refused.', {
      next: 'Fill in what is missing.',
      cause,
    })
  })

export const completeArgument = (deps: Deps, what: { runbook: string; argument: string; text: string }) =>
  linked(deps, (link) => link.complete({ runbook: what.runbook, argument: what.argument }, what.text)).catch(() => [])

/** Things of the fleet by a few letters; a kind that does not answer in time is left out. */
export const findMentions = (deps: Deps, text: string): Promise<Mention[]> =>
  linked(deps, async (link) => {
    const found = await Promise.all(
      mentionKinds.map((kind) =>
        inTime(
          link
            .complete({ mention: kind }, text)
            .then((values) => values.slice(0, mostPerKind).map((value): Mention => ({ kind, value }))),
        ),
      ),
    )
    return found.flat()
  }).catch(() => [])

const inTime = (work: Promise<Mention[]>): Promise<Mention[]> => {
  const late = Promise.withResolvers<Mention[]>()
  const timer = setTimeout(() => late.resolve([]), patienceMs)
  return Promise.race([work.catch(() => []), late.promise]).finally(() => clearTimeout(timer))
}
