import * as z from 'zod'
import { cards } from '#contract'
import { defineDomain, defineTool } from '#define'

/** A read that costs nothing itself: what is measured is everything around it. */
export const trivialRead = defineTool({
  name: 'read_trivial',
  title: 'Trivial read',
  about: 'Answers what it was asked',
  risk: 'read',
  card: 'status',
  needs: [],
  input: z.strictObject({
    word: z.string().max(100).describe('Word to answer'),
    count: z.number().int().min(1).max(10).default(3).describe('Facts in the answer'),
  }),
  output: cards.status.payload,
  examples: [{ word: 'hello' }],
  text: (data) => `${data.title}: ${data.state}`,
  run: async ({ word, count }) => ({
    data: {
      title: word,
      state: 'fine',
      tone: 'good' as const,
      facts: Array.from({ length: count }, (_, index) => ({ label: `fact ${index}`, value: word })),
      checks: [],
    },
  }),
})

export const trivialDomain = defineDomain({ name: 'trivial', about: 'For the bench', tools: [trivialRead] })
