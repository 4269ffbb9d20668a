import type { Words } from '../../words/index.ts'
import type { AgentLimits } from '../host.ts'

/** The texts that an answer says itself */
export type NoticeWords = Words['notices']

export type Budget = 'steps' | 'time' | 'tokens'

/** Share of a budget after which the run goes over to saying what it knows. */
const nearly = 0.8

/** What a run may still take. Asked before each step. */
export function createBudget(limits: AgentLimits, now: () => number) {
  const begun = now()
  let tokens = 0
  let lastStepTokens = 0
  return {
    spend(used: number) {
      tokens += used
      lastStepTokens = used
    },
    /** The budget that is nearly used up, so that this step has to be the last */
    nearlyUsed(step: number): Budget | undefined {
      if (step > 0 && step >= limits.steps - 1) return 'steps'
      if (now() - begun > limits.totalMs * nearly) return 'time'
      // the last step will read about as much as the one before it
      if (step > 0 && tokens + lastStepTokens > limits.tokens) return 'tokens'
      return undefined
    },
    /** How long a tool may take now, so that there is time left to say what came of it */
    toolMs: () => Math.max(1, Math.min(limits.toolMs, begun + limits.totalMs * nearly - now())),
  }
}

const minutes = (ms: number) => (ms >= 60_000 ? `${Math.round(ms / 6_000) / 10} min` : `${Math.round(ms / 100) / 10} s`)

/** What people read when a budget ended an answer. */
export function budgetNotice(budget: Budget, limits: AgentLimits, words: NoticeWords): string {
  const limit = { steps: String(limits.steps), time: minutes(limits.totalMs), tokens: tokens(limits.tokens) }[budget]
  return `${words.budget[budget](limit)} ${words.budget.goOn}`
}
/** `200k`: read alike in every language */
const tokens = (count: number) => (count % 1000 === 0 ? `${count / 1000}k` : String(count))

/** What the model reads before its last step. The head is known to the history and to no text from outside. */
export const wrapUp = (why: string): string =>
  `[Quartermaster: ${why} No more tools can be called in this answer.] Say in a few sentences what is known now, with its evidence ids, what is still not known, and which call you would make next.`

export const wrapUpReason: Record<Budget, string> = {
  steps: 'the steps of this answer are used up.',
  time: 'the time of this answer is nearly used up.',
  tokens: 'the tokens of this answer are nearly used up.',
}
