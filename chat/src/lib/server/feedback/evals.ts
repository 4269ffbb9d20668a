import { stringify } from 'yaml'
import type { ChatMessage, ToolOutput } from '../../types.ts'
import { plainText } from '../agent/history.ts'
import type { JudgedAnswer } from './store.ts'

/** Facts a text states that can be looked for again: names with digits or dashes, and numbers with their unit. */
const facts = /\b[a-z][a-z0-9]*(?:[-./][a-z0-9]+)+\b|\b\d+(?:\.\d+)?\s?(?:%|ms|s|GiB|GB|GPUs?|nodes?|pods?)/gi
const mostFacts = 6
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

const backed = (message: ChatMessage): string => {
  const evidence = message.parts.find((part) => part.type === 'data-evidence')
  const claims = evidence?.data.claims.filter(({ state }) => state !== 'unsupported') ?? []
  return claims
    .map(({ part, start, end }) => {
      const said = message.parts[part]
      return said?.type === 'text' ? said.text.slice(start, end) : ''
    })
    .join('\n')
}

const idOf = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .split('-')
    .slice(0, 6)
    .join('-') || 'question'

/** One judged answer as an entry of `personas/<persona>/evals`: of a good one the facts it rests on, of a bad one what was wrong. */
function entryOf(one: JudgedAnswer, taken: Set<string>) {
  const question = one.question ? plainText(one.question) : ''
  const base = idOf(question)
  let id = base
  for (let number = 2; taken.has(id); number++) id = `${base}-${number}`
  taken.add(id)
  const found = one.verdict === 'good' ? [...new Set(backed(one.answer).match(facts) ?? [])].slice(0, mostFacts) : []
  const calls = one.answer.parts.flatMap((part) =>
    part.type === 'dynamic-tool' && part.state === 'output-available' && !(part.output as ToolOutput).answer?.approval
      ? [{ tool: part.toolName, input: (part.input ?? {}) as Record<string, unknown>, says: [] as string[] }]
      : [],
  )
  return {
    id,
    persona: one.persona,
    question,
    answer: found.map(escaped),
    tools: one.verdict === 'good' ? calls : [],
    feedback: {
      verdict: one.verdict,
      ...(one.reasons.length > 0 && { reasons: one.reasons }),
      ...(one.comment && { comment: one.comment }),
      at: one.at,
      ...(one.verdict === 'bad' && {
        said: plainText(one.answer).slice(0, 2_000),
        called: calls.map(({ tool }) => tool),
      }),
    },
  }
}

/** All judged answers as YAML. Facts of bad ones are for a person to fill in: what a good answer must contain. */
export function evalsOf(judged: readonly JudgedAnswer[]): string {
  const taken = new Set<string>()
  const head = [
    '# Judged answers as evaluations. Move an entry into personas/<persona>/evals; docs/evals.md says how to run them.',
    '# An empty `answer` waits for the facts that a good answer must contain (patterns, whatever the case).',
    '',
  ].join('\n')
  return head + stringify(judged.map((one) => entryOf(one, taken)))
}
