import type { Answer, ErrorPayload } from '#contract'
import type { Words } from '../../words/index.ts'
import { approvalOf } from '../merge.ts'
import { type Block, facts, list, text } from './blocks.ts'
import { writers } from './kinds.ts'
import { plainBlocks } from './plain-blocks.ts'

type Text = Words['cards']

/** A card of any kind as blocks. Data that has not the shape of its kind, or a kind that is new, is written plainly. */
export function blocksOf(answer: Answer, words: Text): Block[] {
  if (answer.error) return errorBlocks(answer.error, words)
  if (answer.empty)
    return [...list(answer.empty.likely, words.empty.likely), ...list(answer.empty.next, words.empty.next)]
  const data = approvalOf(answer) ?? answer.data
  if (!data) return text(words.nothing)
  const kind = approvalOf(answer) ? 'approval' : answer.card
  try {
    if (Object.hasOwn(writers, kind)) return writers[kind as 'table'](data as never, words)
  } catch {
    // Not of the shape of its kind: below.
  }
  return plainBlocks(data as Record<string, unknown>)
}

const errorBlocks = (error: ErrorPayload, words: Text): Block[] => [
  ...text(error.message),
  ...text(error.next),
  ...text(error.changed && words.error[error.changed]),
  ...facts(
    [
      { label: words.text.reason, value: error.code },
      { label: words.error.argument, value: error.field },
      { label: words.error.cluster, value: error.cluster },
      { label: words.error.reference, value: error.traceId },
    ].filter((fact): fact is { label: string; value: string } => fact.value !== undefined),
  ),
]
