import * as z from 'zod'
import { answer } from '#contract'

/** Output of a tool that passes on what another call answered: the road hands it through as it is. */
export const passedOn = z.strictObject({
  answered: answer.extend({ text: z.string() }).describe('The answer of the inner call'),
})
