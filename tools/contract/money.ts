import * as z from 'zod'

/** Integer minor units with their currency. Amounts of different currencies are never summed. */
export const money = z.strictObject({
  amount: z.number().int().describe('Integer amount in minor units'),
  currency: z.enum(['usd-cent', 'qu']).describe('usd-cent: hundredths of a US dollar; qu: Qubic units'),
})
export type Money = z.output<typeof money>

/** `{amount: 1250, currency: 'usd-cent'}` reads `$12.50`; qu reads `1,250 QU`. */
export function formatMoney({ amount, currency }: Money): string {
  const grouped = (value: number) => value.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  if (currency === 'qu') return `${amount < 0 ? '-' : ''}${grouped(Math.abs(amount))} QU`
  const cents = Math.abs(amount)
  return `${amount < 0 ? '-' : ''}$${grouped(Math.trunc(cents / 100))}.${(cents % 100).toString().padStart(2, '0')}`
}
