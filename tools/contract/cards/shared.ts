import * as z from 'zod'

/** State as a card shows it: always a dot, a word and a shape. */
export const tone = z.enum(['good', 'warn', 'bad', 'busy', 'neutral'])
export type Tone = z.output<typeof tone>

/** A labelled figure. `value` is ready to read; `tone` colours it. */
export const fact = z.strictObject({
  label: z.string(),
  value: z.string(),
  tone: tone.optional(),
  counts: z
    .record(z.string(), z.string())
    .optional()
    .describe('It is the number of rows with these members: live events keep it right'),
})
export type Fact = z.output<typeof fact>
