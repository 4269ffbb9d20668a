import { approvalOf } from '../cards/merge.ts'
import type { ChatMessage, ToolOutput } from '../types.ts'
import type { Words } from '../words/index.ts'
import { cardsOf } from './cards-shown.ts'

export interface Announcement {
  /** Said when the reader pauses */
  polite: string
  /** Said at once: something failed, or waits for a decision */
  assertive: string
}

/** What is said when an answer is whole, for people who do not see it. */
export function announcementOf(message: ChatMessage, words: Words['thread']): Announcement {
  const answers = message.parts.flatMap((part) =>
    part.type === 'dynamic-tool' && part.state === 'output-available' ? [(part.output as ToolOutput).answer] : [],
  )
  const { open, folded } = cardsOf(message)
  const cards = open.size + folded.length
  const waiting = answers.filter((answer) => (answer && approvalOf(answer))?.state === 'pending').length
  const end = message.metadata?.end
  const text = [
    end === 'stopped' ? words.readyStopped : end === 'failed' ? words.readyFailed : words.ready,
    cards > 0 && words.cards(cards),
    waiting > 0 && words.waiting(waiting),
  ]
    .filter(Boolean)
    .join(', ')
  return end === 'failed' || waiting > 0 ? { polite: '', assertive: text } : { polite: text, assertive: '' }
}
