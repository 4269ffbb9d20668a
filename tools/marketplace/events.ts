import * as z from 'zod'
import { offer } from './offers.ts'

/** Events of a GPU provider; their data is the patch of the table of offers, one row. */
const patch = z.strictObject({ upsert: z.array(offer) })

export const marketplaceEvents = {
  'provider.reported': patch,
  'provider.status-changed': patch,
}
