import type { Money } from '#contract'
import type { PriceList } from './clients/index.ts'

const plain = (text: string) => text.toLowerCase().replace(/nvidia|[^a-z0-9]/g, '')

/** Price of a GPU hour by configured list; undefined where none is configured: it is never guessed. */
export function gpuHourPrice(prices: PriceList | undefined, gpuModel: string): Money | undefined {
  if (!prices) return undefined
  const wanted = plain(gpuModel)
  const found =
    Object.entries(prices.gpuHourUsdCents).find(([model]) => plain(model) === wanted) ??
    Object.entries(prices.gpuHourUsdCents)
      .filter(([model]) => wanted.includes(plain(model)))
      .sort(([a], [b]) => b.length - a.length)[0]
  return found && { amount: found[1], currency: 'usd-cent' }
}
