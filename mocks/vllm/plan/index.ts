import type { Call, Conversation, Toolbox } from '../conversation.ts'
import { focusOf, knownNames, scopeOf, seenIn } from '../memory.ts'
import { readResult } from '../results.ts'
import { bind } from './bind.ts'
import { chooseIntent, type Intent } from './intent.ts'
import { answerToNote } from './note.ts'
import { refersBack } from './question.ts'
import type { Rule, Scene, Step } from './rule.ts'

export interface PlannedCall {
  name: string
  input: Record<string, unknown>
}

/** What the demo model does next. `say` stands for a text that no tool result is needed for. */
export type Decision =
  | { kind: 'calls'; reasoning: string; calls: PlannedCall[] }
  | { kind: 'say'; reasoning: string; text: string }
  | { kind: 'answer'; reasoning: string; rule?: Rule; unavailable: string[]; ask?: string }

const MAX_CALLS = 10

/**
 * The open rules of the demo model. It has no weights: for every request it reads the whole conversation and
 *
 * 1. takes the last question, and what it names: clusters, models, pods, nodes, namespaces, jobs, counts, GPU products,
 *    spans of time (`entities.ts`);
 * 2. chooses the rule whose words stand in it (`rule.ts`: all groups of `must`, none of `not`; most groups win). A short
 *    continuation ("only H100", "and p99?", "what about gpu-west") changes the question before it; "it", "its" and "there"
 *    mean the latest thing of that kind (`memory.ts`). Two questions joined by "and" are two rules, reads first;
 * 3. lets the rule name its calls, and fills each from the schema that the tool is offered with (`arguments.ts`): known
 *    properties, valid values, nothing else. A tool that is not offered is looked for with `search_tools` and run with
 *    `run_tool`; a pod of which only the name is known is looked up with `list_pods`; a required name that nobody said is
 *    asked for. Independent calls go out side by side;
 * 4. after the results, lets the rule go on (diagnosis, then logs), never repeating a call and never after an error or
 *    where a person must approve;
 * 5. answers with what stands in the results (`answer.ts`), and says once that it is a demo model.
 */
export function plan({
  conversation,
  toolbox,
  nowMs,
}: {
  conversation: Conversation
  toolbox: Toolbox
  nowMs: number
}): Decision {
  const told = answerToNote(conversation.turns.at(-1)?.question ?? '')
  if (told !== undefined) return { kind: 'say', reasoning: 'That is a note on a decision, not a question.', text: told }
  const known = knownNames(conversation, toolbox)
  const intents = chooseIntent(conversation, { known, toolbox })
  const calls = (conversation.turns.at(-1)?.calls ?? []).filter(({ result }) => result !== undefined)
  const earlier = conversation.turns.slice(0, -1).flatMap((turn) => turn.calls)
  const before = focusOf(conversation, known)
  const focus = intents.length > 1 ? { ...before, ...seenIn(calls) } : before
  const seen = { focus, toolbox, scope: scopeOf(conversation), calls, earlier }
  const unavailable: string[] = []
  let ask: string | undefined
  if (calls.length < MAX_CALLS) {
    for (const intent of intents) {
      const scene = sceneOf(intent, seen)
      const next = advance(intent.rule, scene, nowMs)
      unavailable.push(...(next.unavailable ?? []))
      if (next.say !== undefined && calls.length === 0)
        return { kind: 'say', reasoning: 'No tool is needed for this.', text: next.say }
      ask ??= next.say
      const later = intents
        .slice(intents.indexOf(intent) + 1)
        .filter(({ rule }) => !rule.changes && !intent.rule.changes)
      const beside = later.flatMap((other) => advance(other.rule, sceneOf(other, seen), nowMs).calls ?? [])
      if (next.calls?.length)
        return { kind: 'calls', reasoning: next.reasoning, calls: distinct([...next.calls, ...beside]) }
    }
  }
  const rule = intents[0]?.rule
  return {
    kind: 'answer',
    reasoning: calls.length ? 'The results are there. I say what stands in them.' : 'No tool fits this question.',
    rule,
    unavailable,
    ask,
  }
}

interface Known {
  scope: string[]
  focus: Scene['focus']
  toolbox: Toolbox
  calls: Call[]
  earlier: Call[]
}

function sceneOf({ question }: Intent, { focus, toolbox, scope, calls, earlier }: Known): Scene {
  const back = refersBack(question)
  return {
    question,
    focus,
    toolbox,
    scope,
    calls,
    earlier,
    said: (key) => question.entities[key] ?? (back ? focus[key] : undefined),
    needed: (key) => question.entities[key] ?? focus[key],
  }
}

interface Advance {
  calls?: PlannedCall[]
  say?: string
  unavailable?: string[]
  reasoning: string
}

/** The next calls of one rule: its first ones, then those that build on them. */
function advance(rule: Rule, scene: Scene, nowMs: number): Advance {
  const first = rule.first(scene)
  if ('say' in first) return { say: scene.calls.length ? undefined : first.say, reasoning: '' }
  const begun = bindAll(first, scene, nowMs)
  if (begun.calls?.length || begun.say !== undefined || begun.unavailable?.length) return begun
  return rule.after && !scene.calls.some(isDeadEnd) ? bindAll(rule.after(scene), scene, nowMs) : begun
}

function bindAll(steps: Step[], scene: Scene, nowMs: number): Advance {
  const bound = steps.map((step) => ({ step, outcome: bind(step, scene, nowMs) }))
  const calls = distinct(bound.flatMap(({ outcome }) => ('call' in outcome ? [outcome.call] : [])))
  const asked = bound
    .map(({ outcome }) => ('ask' in outcome ? outcome.ask : undefined))
    .find((one) => one !== undefined)
  const reasons = new Set(
    bound.flatMap(({ step, outcome }) => ('call' in outcome ? [outcome.because ?? step.because] : [])),
  )
  return {
    calls,
    say: calls.length ? undefined : asked,
    unavailable: bound.flatMap(({ outcome }) => ('unavailable' in outcome ? [outcome.unavailable] : [])),
    reasoning: [...reasons].slice(0, 2).join(' '),
  }
}

function distinct(calls: PlannedCall[]): PlannedCall[] {
  return calls.filter((call, index) => calls.findIndex((one) => JSON.stringify(one) === JSON.stringify(call)) === index)
}

function isDeadEnd(call: Call): boolean {
  return readResult(call.tool, call.result ?? '').error !== undefined
}
