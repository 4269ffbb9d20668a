import * as z from 'zod'
import { type Column, formatMoney } from '#contract'
import { isNull } from '#db/drizzle.ts'
import { gpuProviders as table } from '#db/schema/marketplace.ts'
import { defineTool } from '#define'
import { limit, text, wholeNumber, word } from '../arguments.ts'
import { counted, tableOf } from '../table.ts'
import { cell, factsLine, lines, shortTime, tsv } from '../text.ts'
import { byOrder, meets, type Offer, offer, offerOf, offerTones, sorts } from './offers.ts'

const columns: Column[] = [
  { key: 'gpuModel', label: 'GPU', type: 'text' },
  { key: 'vramMb', label: 'VRAM (MB)', type: 'number' },
  { key: 'price', label: 'An hour', type: 'money' },
  { key: 'state', label: 'State', type: 'state' },
  { key: 'location', label: 'Place', type: 'text' },
  { key: 'name', label: 'Provider', type: 'text' },
  { key: 'cpuModel', label: 'CPU', type: 'text' },
  { key: 'cpuCores', label: 'Cores', type: 'number' },
  { key: 'ramMb', label: 'RAM (MB)', type: 'number' },
  { key: 'jobs', label: 'Jobs', type: 'number' },
  { key: 'heartbeat', label: 'Seen', type: 'age' },
]

const input = z.strictObject({
  gpuModel: z.array(word).optional().describe('e.g. 4090'),
  minVramMb: wholeNumber(0, 1e9).optional().describe('MB'),
  maxPrice: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional().describe('QU an hour'),
  locations: z.array(word).optional().describe('e.g. DE'),
  availability: z.enum(['available', 'all', 'busy']).default('available').describe('all: offline too'),
  sort: z.enum(sorts).default('availability').describe('Order'),
  text,
  limit,
})
type Input = z.output<typeof input>

export const listGpuOffers = defineTool({
  name: 'list_gpu_offers',
  title: 'GPU offers',
  about: 'GPUs offered on the marketplace: price, memory, place. Own clusters: list_nodes.',
  risk: 'read',
  card: 'table',
  needs: [],
  input,
  output: tableOf(offer),
  examples: [{}, { gpuModel: ['4090', 'H100'], maxPrice: 1_000_000, sort: 'price-asc' }],
  route: { method: 'GET', path: '/gpu-providers' },
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      tsv(
        ['id', 'provider', 'gpu', 'vram MB', 'an hour', 'state', 'place', 'cores', 'ram MB', 'jobs', 'seen'],
        rows.map((one) => [
          one.id,
          cell(one.name, 40),
          cell(one.gpuModel, 60),
          one.vramMb,
          formatMoney({ amount: one.price, currency: one.priceCurrency }),
          one.state,
          cell(one.location, 40),
          one.cpuCores,
          one.ramMb,
          one.jobs,
          shortTime(one.heartbeat),
        ]),
      ),
    ),
  async run(input, ctx) {
    const db = await ctx.db()
    const all = (await db.select().from(table).where(isNull(table.removedAt))).map(offerOf)
    const rows = all.filter((one) => meets(one, input)).sort(byOrder(input.sort))
    if (rows.length === 0) return { empty: explain(all, input) }
    return {
      subject: 'marketplace/provider/*',
      data: { title: counted(rows.length, 'GPU offer'), columns, rows, facts: factsOf(rows) },
    }
  },
})

function factsOf(rows: readonly Offer[]) {
  return (['available', 'busy', 'offline'] as const)
    .map((state) => ({
      label: state,
      value: rows.filter((one) => one.state === state).length,
      tone: offerTones[state],
    }))
    .filter(({ value }) => value > 0)
    .map((fact) => ({ ...fact, value: String(fact.value) }))
}

/** Which filter leaves nothing over, where one alone does. */
function explain(all: readonly Offer[], filter: Input) {
  if (all.length === 0)
    return {
      title: 'Nobody offers a GPU',
      likely: ['No provider has registered yet'],
      next: ['list_nodes for the GPUs of the clusters'],
    }
  const likely: string[] = []
  const without = (left: Partial<Input>) => all.filter((one) => meets(one, { ...filter, ...left }))
  const states = without({ availability: 'all' })
  if (filter.availability !== 'all' && states.length > 0)
    likely.push(
      `${counted(states.length, 'offer')} would match but ${states.length === 1 ? 'is' : 'are'} not ${filter.availability}`,
    )
  const prices = without({ maxPrice: undefined }).sort(byOrder('price-asc'))
  if (filter.maxPrice !== undefined && prices[0])
    likely.push(
      `The cheapest is ${formatMoney({ amount: prices[0].price, currency: prices[0].priceCurrency })} an hour`,
    )
  const models = [...new Set(all.map((one) => one.gpuModel))]
  if (filter.gpuModel?.length && without({ gpuModel: undefined }).length > 0)
    likely.push(`GPUs on offer: ${models.slice(0, 12).join(', ')}`)
  const places = [...new Set(all.flatMap((one) => one.location ?? []))]
  if (filter.locations?.length && without({ locations: undefined }).length > 0)
    likely.push(`Places: ${places.slice(0, 20).join(', ')}`)
  if (likely.length === 0) likely.push(`${counted(all.length, 'offer')} known; none passes every filter`)
  return {
    title: 'No offer matches',
    likely,
    next: ['list_gpu_offers {"availability":"all"}', 'list_gpu_offers with fewer filters'],
  }
}
