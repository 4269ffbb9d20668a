import type { Money } from '#contract'
import type { ChatMessage, Usage } from '../types.ts'

export interface ContextUse {
  /** Size of the last request and how large one may be, where the endpoint tells */
  context?: { tokens: number; window?: number }
  last?: Usage
  /** Sum over the answers that are shown */
  whole: Usage
  answers: number
}

const usageOf = ({ usage, inputTokens, outputTokens }: NonNullable<ChatMessage['metadata']>): Usage | undefined =>
  usage ??
  (inputTokens !== undefined || outputTokens !== undefined
    ? { inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0 }
    : undefined)

const plus = (one: number | undefined, other: number | undefined) =>
  one === undefined && other === undefined ? undefined : (one ?? 0) + (other ?? 0)

/** Money of one currency; a second currency is not added to it. */
const moneyPlus = (one: Money | undefined, other: Money | undefined): Money | undefined =>
  !one || !other
    ? (one ?? other)
    : one.currency === other.currency
      ? { ...one, amount: one.amount + other.amount }
      : one

/** What the answers of a conversation took, and how full the context of its model is. */
export function contextUse(messages: readonly ChatMessage[]): ContextUse {
  const used = messages.flatMap(({ metadata }) => {
    const usage = metadata && usageOf(metadata)
    return usage ? [usage] : []
  })
  const last = used.at(-1)
  const sized = used.findLast(({ contextTokens }) => contextTokens !== undefined)
  return {
    ...(sized?.contextTokens !== undefined && {
      context: { tokens: sized.contextTokens, window: sized.contextWindow },
    }),
    ...(last && { last }),
    whole: used.reduce<Usage>(
      (sum, one) => ({
        inputTokens: sum.inputTokens + one.inputTokens,
        outputTokens: sum.outputTokens + one.outputTokens,
        cachedTokens: plus(sum.cachedTokens, one.cachedTokens),
        gpuSeconds: plus(sum.gpuSeconds, one.gpuSeconds),
        cost: moneyPlus(sum.cost, one.cost),
      }),
      { inputTokens: 0, outputTokens: 0 },
    ),
    answers: used.length,
  }
}
