import * as z from 'zod'
import { errorPayload } from '../errors.ts'
import { defineCard } from './card.ts'

/** A call that failed, and what to do about it. */
export const error = defineCard({ kind: 'error', payload: errorPayload, patch: z.strictObject({}) })
