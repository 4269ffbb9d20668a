import { describe, expect, it } from 'vitest'
import { gpuHourPrice } from './prices.ts'

const prices = {
  source: 'test',
  asOf: '2026-11-01',
  gpuHourUsdCents: { H100: 250, 'H100 NVL': 300, 'A100-SXM4-80GB': 180, L4: 50 },
}
const price = (model: string) => gpuHourPrice(prices, model)?.amount

describe('the price of a GPU hour', () => {
  it.each([
    ['NVIDIA H100 80GB HBM3', 250],
    ['NVIDIA H100 NVL', 300],
    ['NVIDIA A100-SXM4-80GB', 180],
    ['NVIDIA A100 SXM4 80GB', 180],
    ['NVIDIA L4', 50],
    ['NVIDIA B200', undefined],
    ['NVIDIA L40S', undefined],
    ['NVIDIA L40', undefined],
  ])('%s costs %s', (model, amount) => {
    expect(price(model)).toBe(amount)
  })

  it('is never guessed', () => {
    expect(gpuHourPrice(undefined, 'NVIDIA H100')).toBeUndefined()
  })
})
