import * as z from 'zod'

export const risk = z.enum(['read', 'change', 'danger'])
export type Risk = z.output<typeof risk>

/** Who may call: a model on behalf of a person, a person, a worker machine, a webhook of another system. */
export const caller = z.enum(['agent', 'human', 'worker', 'webhook'])
export type Caller = z.output<typeof caller>

export const role = z.enum(['viewer', 'operator', 'owner'])
export type Role = z.output<typeof role>
