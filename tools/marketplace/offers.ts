import * as z from 'zod'
import type { Tone } from '#contract'
import type { gpuProviders } from '#db/schema/marketplace.ts'
import { matchesText } from '../arguments.ts'
import { isGpuModel } from '../gpu-model.ts'
import { moneyOf } from '../money.ts'

export type ProviderRow = typeof gpuProviders.$inferSelect

/** One GPU offer as cards and events carry it (NOD-028). */
export const offer = z.strictObject({
  id: z.string(),
  name: z.string(),
  gpuModel: z.string(),
  vramMb: z.number().int(),
  price: z.number().int().describe('An hour, minor units'),
  priceCurrency: z.enum(['usd-cent', 'qu']),
  state: z.enum(['available', 'busy', 'offline']),
  stateTone: z.string(),
  location: z.string().optional(),
  cpuModel: z.string().optional(),
  cpuCores: z.number().int().optional(),
  ramMb: z.number().int().optional(),
  type: z.enum(['native', 'browser']),
  jobs: z.number().int().describe('Jobs done'),
  heartbeat: z.string().optional().describe('Last sign of life, ISO 8601'),
})
export type Offer = z.output<typeof offer>

export const offerTones: Record<Offer['state'], Tone> = { available: 'good', busy: 'busy', offline: 'neutral' }
export const subjectOf = (providerId: string): string => `marketplace/provider/${providerId}`

type Shown = Pick<ProviderRow, 'isOnline' | 'isAvailable'>
export const stateOf = ({ isOnline, isAvailable }: Shown): Offer['state'] =>
  !isOnline ? 'offline' : isAvailable ? 'available' : 'busy'

export function offerOf(row: ProviderRow): Offer {
  const state = stateOf(row)
  const { amount, currency } = moneyOf(row.pricePerHour, row.currency)
  return {
    id: row.id,
    name: row.name ?? row.workerId,
    gpuModel: row.gpuModel,
    vramMb: row.gpuVramMb,
    price: amount,
    priceCurrency: currency,
    state,
    stateTone: offerTones[state],
    ...(row.location && { location: row.location }),
    ...(row.cpuModel && { cpuModel: row.cpuModel }),
    ...(row.cpuCores !== null && { cpuCores: row.cpuCores }),
    ...(row.ramTotalMb !== null && { ramMb: row.ramTotalMb }),
    type: row.type,
    jobs: row.totalJobs,
    ...(row.lastHeartbeat && { heartbeat: row.lastHeartbeat.toISOString() }),
  }
}

export interface OfferFilter {
  gpuModel?: readonly string[] | undefined
  minVramMb?: number | undefined
  /** QU an hour */
  maxPrice?: number | undefined
  locations?: readonly string[] | undefined
  availability: 'available' | 'all' | 'busy'
  text?: string | undefined
}

const sameWord = (left: string, right: string) => left.toLowerCase() === right.toLowerCase()

/** Does the offer meet every filter (NOD-021, QLT-028)? A price limit says nothing about offers in another currency, so those are out. */
export function meets(one: Offer, filter: OfferFilter): boolean {
  const { gpuModel, minVramMb, maxPrice, locations, availability, text } = filter
  return (
    (!gpuModel?.length || gpuModel.some((model) => isGpuModel(model, one.gpuModel))) &&
    (minVramMb === undefined || one.vramMb >= minVramMb) &&
    (maxPrice === undefined || (one.priceCurrency === 'qu' && one.price <= maxPrice)) &&
    (!locations?.length || locations.some((place) => one.location !== undefined && sameWord(place, one.location))) &&
    (availability === 'all' || one.state === availability) &&
    matchesText(text, [one.name, one.gpuModel, one.cpuModel, one.location])
  )
}

export const sorts = ['availability', 'price-asc', 'price-desc', 'vram-desc', 'jobs-desc'] as const
export type Sort = (typeof sorts)[number]

const states: readonly Offer['state'][] = ['available', 'busy', 'offline']
const byState = (a: Offer, b: Offer) => states.indexOf(a.state) - states.indexOf(b.state)
/** Prices in different currencies cannot be compared: each currency is sorted by itself. */
const byPrice = (a: Offer, b: Offer) => a.priceCurrency.localeCompare(b.priceCurrency) || a.price - b.price

const orders: Record<Sort, (a: Offer, b: Offer) => number> = {
  availability: (a, b) => byState(a, b) || byPrice(a, b),
  'price-asc': byPrice,
  'price-desc': (a, b) => a.priceCurrency.localeCompare(b.priceCurrency) || b.price - a.price,
  'vram-desc': (a, b) => b.vramMb - a.vramMb || byPrice(a, b),
  'jobs-desc': (a, b) => b.jobs - a.jobs || byPrice(a, b),
}

/** Stable whatever the order of the rows: ties go by id. */
export const byOrder = (sort: Sort) => (a: Offer, b: Offer) => orders[sort](a, b) || a.id.localeCompare(b.id)
