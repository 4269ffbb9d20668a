import type { Wants } from '../concepts.ts'
import type { Call, Toolbox } from '../conversation.ts'
import type { Entities } from '../entities.ts'
import type { Question } from './question.ts'

/** One call that a rule wants: the first of `tools` that is offered, with what the question wants of it. */
export interface Step {
  tools: string[]
  wants: Wants
  /** Used for required arguments that nobody named. */
  defaults?: Wants
  /** Ask for what is missing instead of looking where it might fit: for changes to something that exists. */
  exact?: boolean
  /** One short sentence for the reasoning text. */
  because: string
}

/** A sentence to say instead of calling a tool: a question back, or why not. */
export interface Say {
  say: string
}

/** What a rule sees: the question, and everything that was called and answered so far. */
export interface Scene {
  question: Question
  /** The latest of everything that was named before in this conversation. */
  focus: Entities
  toolbox: Toolbox
  /** The clusters that the instructions confine the conversation to. */
  scope: string[]
  /** Calls of this turn that have an answer. */
  calls: Call[]
  /** Calls of earlier turns, oldest first. */
  earlier: Call[]
  /** From the question, or from what it points back at ("there", "its"). */
  said<K extends keyof Entities>(key: K): Entities[K]
  /** From the question, else from the conversation. */
  needed<K extends keyof Entities>(key: K): Entities[K]
}

/**
 * An open rule: when it applies, and what it calls. A rule applies when every group of `must` and none of `not` stands in
 * the question ("a|b" is one group) and `when` agrees; of several, the one with the most groups wins.
 */
export interface Rule {
  id: string
  /** One sentence for people: what it answers and how. */
  about: string
  /** A question that this rule answers. */
  example: string
  must: string[]
  should?: string[]
  not?: string[]
  when?: (question: Question) => boolean
  /** Added to the score: for rules whose words are rare or common. */
  weight?: number
  /** True for rules that change something: never started beside another one, never on a guess. */
  changes?: boolean
  first(scene: Scene): Step[] | Say
  /** What to do next with the answers of the first calls in hand. */
  after?(scene: Scene): Step[]
}

/** 0 when the rule does not apply. */
export function scoreOf(rule: Rule, question: Question): number {
  if (!rule.must.every((group) => question.has(group))) return 0
  if (rule.not?.some((group) => question.has(group))) return 0
  if (rule.when && !rule.when(question)) return 0
  const extra = (rule.should ?? []).filter((group) => question.has(group)).length
  return rule.must.length * 10 + extra * 3 + (rule.weight ?? 0)
}
