import * as z from 'zod'

/** Somebody wants to see new lines as they come. */
export const tailAsked = z.strictObject({
  id: z.string(),
  query: z.string(),
  clusters: z.array(z.string()),
  /** Milliseconds since 1970: from when, until when at most */
  fromMs: z.number(),
  untilMs: z.number(),
})
export type TailAsked = z.output<typeof tailAsked>

/** New lines, as the log card appends them. */
export const logsTailed = z.strictObject({
  append: z.array(
    z.strictObject({
      n: z.number().int(),
      at: z.string(),
      source: z.string().optional(),
      level: z.enum(['debug', 'info', 'warn', 'error']).optional(),
      text: z.string(),
    }),
  ),
})

export const tailSubject = (id: string): string => `logs/tail/${id}`
