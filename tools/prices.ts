import type { Money } from '#contract'
import type { PriceList } from './clients/index.ts'
import { isGpuModel } from './gpu-model.ts'

/** Price of a GPU hour by configured list, the longest name that fits; undefined where none does: it is never guessed. */
export function gpuHourPrice(prices: PriceList | undefined, gpuModel: string): Money | undefined {
  const found = Object.entries(prices?.gpuHourUsdCents ?? {})
    .filter(([model]) => isGpuModel(model, gpuModel))
    .sort(([a], [b]) => b.length - a.length)[0]
  return found && { amount: found[1], currency: 'usd-cent' }
}
