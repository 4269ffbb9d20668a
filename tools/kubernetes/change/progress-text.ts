import type { CardData } from '#contract'
import { lines } from '../../text.ts'

/** What the model reads of a change on its way. */
export const progressText = ({ title, state, message, steps }: CardData['progress']): string =>
  lines(
    `${title}: ${state}.${message ? ` ${message}` : ''}`,
    ...steps.map((step) => `${step.state}: ${step.label}${step.detail ? ` (${step.detail})` : ''}`),
  )
