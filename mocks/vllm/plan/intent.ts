import type { Conversation, Toolbox } from '../conversation.ts'
import type { KnownNames } from '../entities.ts'
import { isNote } from './note.ts'
import { continueQuestion, isFragment, type Question, readQuestion } from './question.ts'
import { type Rule, scoreOf } from './rule.ts'
import { genericRule, RULES } from './rules.ts'

/** A rule and the question it answers. */
export interface Intent {
  rule: Rule
  question: Question
}

/** What the last question asks, reads before changes; empty when no rule applies. */
export function chooseIntent(
  conversation: Conversation,
  { known, toolbox }: { known: KnownNames; toolbox: Toolbox },
): Intent[] {
  let current: { rule?: Rule; question: Question } | undefined
  for (const turn of conversation.turns.filter(({ question }) => !isNote(question)))
    current = next(current, readQuestion(turn.question, known), toolbox)
  if (!current) return []
  const text = conversation.turns.at(-1)?.question ?? ''
  const parts = clauses(text).map((clause) => readQuestion(clause, known))
  const several = severalIntents(parts, current.rule)
  if (several) return several
  return current.rule ? [{ rule: current.rule, question: current.question }] : []
}

function next(
  before: { rule?: Rule; question: Question } | undefined,
  question: Question,
  toolbox: Toolbox,
): { rule?: Rule; question: Question } {
  if (before?.rule && /^\W*(?:continue|go on|again|(?:try|do it) again|once more|retry)\W*$/i.test(question.text))
    return before
  const own = bestRule(question)
  const fragment = isFragment(question)
  const regroups = /^\W*(?:and |but |now |then |or )?(?:only |just )?(?:by|per|split by|grouped by|for each)\b/i.test(
    question.text,
  )
  if (before?.rule && fragment) {
    const same = own?.rule === before.rule || own?.rule.id.endsWith(before.rule.id.split('-').at(-1) ?? '')
    if (own === undefined || same || regroups) {
      const refined = { rule: before.rule, question: continueQuestion(before.question, question) }
      if (own !== undefined || refines(question)) return refined
    }
  }
  return { rule: own?.rule ?? genericRule(question, toolbox), question }
}

/** A continuation changes something: it names a thing, a number, a statistic or a grouping. */
function refines(question: Question): boolean {
  return (
    Object.keys(question.entities).length > 0 ||
    question.has('by|per|average|median|max|maximum|min|highest|lowest|p50|p90|p95|p99|overall|total') ||
    /\bp\d\d/.test(question.plain)
  )
}

/** The rule that fits best, or undefined. */
function bestRule(question: Question): { rule: Rule; score: number } | undefined {
  const scored = RULES.map((rule) => ({ rule, score: scoreOf(rule, question) })).filter(({ score }) => score > 0)
  return scored.sort((a, b) => b.score - a.score)[0]
}

/** "Which nodes are free and which alerts fire? Then deploy X" has three parts. */
function clauses(text: string): string[] {
  return text
    .split(/[?;\n]+|\.\s+|,?\s+\b(?:and then|and also|and|then|also|plus)\b\s+/i)
    .map((part) => part.trim())
    .filter((part) => part.split(/\s+/).length >= 2)
}

/** Several intents only where every part stands on its own and they are about different things. */
function severalIntents(parts: Question[], whole: Rule | undefined): Intent[] | undefined {
  if (parts.length < 2 || parts.length > 4) return undefined
  const found = parts.map((question) => ({ question, best: bestRule(question) }))
  if (!found.every(({ best }) => best !== undefined && best.score >= 10)) return undefined
  const intents = found.map(({ question, best }) => ({ rule: best!.rule, question }))
  const ids = new Set(intents.map(({ rule }) => rule.id))
  if (ids.size < intents.length || !whole) return undefined
  if (whole.id === 'why-pod' || whole.id === 'metrics') return undefined
  return [...intents].sort((a, b) => Number(a.rule.changes ?? false) - Number(b.rule.changes ?? false))
}
