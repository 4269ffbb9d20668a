import type { CardData } from '#contract'

/** A change as the model reads it back. */
export const progressText = ({ title, state, message, steps }: CardData['progress']): string =>
  `${title}: ${state}. ${message ?? ''}\n${steps.map((step) => `${step.state}: ${step.label}`).join('\n')}`
