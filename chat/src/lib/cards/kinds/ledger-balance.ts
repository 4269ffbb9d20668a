import type { CardData, Money } from '#contract'

type Ledger = CardData['ledger']
const moved = new Set(['completed', 'confirmed'])

/**
 * What the escrow holds after each entry, by its id. Only what has happened moves it. Empty where no entry touches the
 * wallet of the escrow, or several currencies do: there is nothing to run along.
 */
export function balances({ entries, parties }: Pick<Ledger, 'entries' | 'parties'>): Map<string, Money> {
  const wallets = new Set([
    'escrow',
    ...parties.filter(({ role }) => /escrow/i.test(role)).map(({ address }) => address),
  ])
  const touching = entries.filter(({ from, to }) => wallets.has(from) !== wallets.has(to))
  const currency = touching[0]?.money.currency
  if (currency === undefined || touching.some(({ money }) => money.currency !== currency)) return new Map()
  const after = new Map<string, Money>()
  let amount = 0
  for (const entry of [...touching].sort((one, other) => Date.parse(one.at) - Date.parse(other.at))) {
    if (moved.has(entry.status)) amount += (wallets.has(entry.to) ? 1 : -1) * entry.money.amount
    after.set(entry.id, { amount, currency })
  }
  return after
}
