import * as z from 'zod'
import { column, fact } from '#contract'

/** The output of a tool that answers a table: the row is spelled out, the rest is the card's. */
export const tableOf = <R extends z.ZodObject>(row: R) =>
  z.strictObject({
    title: z.string().describe('What the rows are'),
    columns: z.array(column).describe('How to draw them'),
    rows: z.array(row).describe('Worst or most relevant first'),
    facts: z.array(fact).optional().describe('Totals over all rows'),
  })

/** `3 pods`, `1 pod`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`
