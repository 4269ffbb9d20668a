import { join } from 'node:path'
import { atMost, type Bench, type Figure, type Measure, quantile, rounded } from './measure.ts'
import { startNode } from './processes.ts'

const total = 100_000
const perConversation = 40
const searches = 40
const mostMs = 80

interface Outcome {
  took: Record<string, number[]>
  /** CPU time of all threads, ms */
  computed: Record<string, number[]>
  found: Record<string, number>
  filledMs: number
}

function outcomeOf(bench: Bench): Promise<Outcome> {
  const options = JSON.stringify({ folder: join(bench.folder, 'store'), total, perConversation, searches })
  const { child, errors } = startNode(bench, ['bench/search-messages.child.ts', options])
  return new Promise((resolve, reject) => {
    child.on('message', (said: Outcome | { written: number }) =>
      'took' in said ? resolve(said) : bench.say(`${said.written} messages`),
    )
    child.once('exit', () => reject(new Error(`the store ended: ${errors()}`)))
  })
}

export const searchMessages: Measure = {
  id: 'search-messages',
  ui: true,
  title: `search over ${total.toLocaleString('en')} messages of one person, embedded database, 30 hits with snippets`,
  async run(bench): Promise<Figure[]> {
    const { took, computed, found, filledMs } = await outcomeOf(bench)
    return Object.entries(took).map(([kind, samples]) => ({
      name: `${kind}, p95`,
      value: rounded(quantile(samples, 0.95), 1),
      unit: 'ms',
      target: atMost(mostMs),
      comparedWith: `p50 ${rounded(quantile(samples, 0.5), 1)} ms, CPU ${rounded(quantile(computed[kind] ?? [], 0.5), 1)} ms; ${found[kind]} hits; filled in ${rounded(filledMs / 1000)} s`,
    }))
  },
}
