import * as z from 'zod'

/** 64-bit integers travel as texts; a JSON number is taken only where it is exact. */
const whole = z
  .union([z.string().regex(/^-?\d+$/, 'expected a whole number'), z.int()])
  .transform((value) => BigInt(value))
const count = z.union([z.int(), z.string().regex(/^\d+$/).transform(Number)])

export const tickInfo = z.looseObject({ tickInfo: z.looseObject({ tick: count, epoch: count }) })
export const lastProcessedTick = z.looseObject({ tickNumber: count })
export const balance = z.looseObject({ balance: z.looseObject({ balance: whole, validForTick: count }) })
export const transaction = z.looseObject({
  transaction: z.looseObject({
    hash: z.string(),
    source: z.string(),
    destination: z.string(),
    amount: whole,
    tickNumber: count,
    timestamp: count.nullish(),
    moneyFlew: z.boolean(),
  }),
})

/** grpc-gateway's error body. */
export const refusal = z.looseObject({ code: z.number(), message: z.string() })
