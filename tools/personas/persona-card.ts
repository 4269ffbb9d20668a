import * as z from 'zod'
import { cards } from '#contract'
import type { PersonaInfo } from '#define'

/** A persona as the card shows it and a program reads it (PER-004). */
export const personaCard = cards.status.payload.extend({
  persona: z.strictObject({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    icon: z.string(),
    systemPrompt: z.string(),
    capabilities: z.array(z.string()),
    reach: z.array(z.string()),
    suggestions: z.array(z.string()),
    isBuiltin: z.boolean(),
    createdBy: z.string(),
  }),
})
export type PersonaCard = z.output<typeof personaCard>

export function personaAnswer(persona: PersonaInfo, systemPrompt: string): PersonaCard {
  const { tools, ...own } = persona
  return {
    title: own.name,
    state: own.isBuiltin ? 'built-in' : 'custom',
    tone: 'neutral' as const,
    summary: own.description,
    facts: [
      { label: 'Id', value: own.id },
      { label: 'Tools', value: String(tools.length) },
      { label: 'Made by', value: own.createdBy },
      { label: 'Prompt', value: `${systemPrompt.length} characters` },
    ],
    checks: tools.map((tool) => ({ id: tool, label: tool, state: 'direct', tone: 'good' as const })),
    persona: { ...own, systemPrompt },
  }
}

export const personaText = (data: PersonaCard): string =>
  `${data.title} (${data.persona.id}, ${data.state}, by ${data.persona.createdBy}): ${data.summary}\ntools: ${data.checks.map(({ id }) => id).join(', ')}\nreach: ${data.persona.reach.join(', ') || 'nothing else'}`
