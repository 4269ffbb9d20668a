import { once } from 'node:events'
import { silentUrl } from './dead-upstreams.ts'
import { atMost, type Bench, type Figure, type Measure, rounded, timed } from './measure.ts'
import { startNode } from './processes.ts'
import { startProduct } from './product.ts'

const failing = 107
const fleet = { clusters: 20, pods: 2_000, failing }

/** The pods column of the table in the text, added up. */
function podsIn(text: string): number {
  const lines = text.split('\n')
  const header = lines.findIndex((line) => line.split('\t').includes('cause'))
  const column = lines[header]?.split('\t').indexOf('pods') ?? -1
  const figures = lines.slice(header + 1).map((line) => Number(line.split('\t')[column]))
  return figures.filter(Number.isFinite).reduce((sum, figure) => sum + figure, 0)
}

async function startFleet(bench: Bench): Promise<string[]> {
  const { child, errors } = startNode(bench, ['bench/failing-fleet.child.ts', JSON.stringify(fleet)])
  const ended = once(child, 'exit').then(() => {
    throw new Error(`the API servers ended: ${errors()}`)
  })
  ended.catch(() => undefined)
  const [{ urls }] = (await Promise.race([once(child, 'message'), ended])) as [{ urls: string[] }]
  return urls
}

export const whatIsFailing: Measure = {
  id: 'what-is-failing',
  title: `what_is_failing over ${fleet.pods} pods a cluster, ${failing} of them failing, API servers in their own process`,
  async run(bench) {
    const urls = await startFleet(bench)
    const hung = await silentUrl(bench)
    const clusters = urls.map((url, index) => ({
      name: `cluster-${String(index).padStart(2, '0')}`,
      kubernetes: { url: index === urls.length - 1 ? hung : url },
    }))
    const { call } = await startProduct(bench, { upstreams: { clusters } })
    const ask = async (input: object) => {
      const { value, tookMs } = await timed(() => call('what_is_failing', input))
      if (value.answer.error) throw new Error(value.answer.error.message)
      return { ...value, tookMs }
    }
    const one = await ask({ clusters: ['cluster-00'] })
    const figures: Figure[] = [
      { name: 'one cluster, first call', value: rounded(one.tookMs), unit: 'ms' },
      { name: 'text for the model', value: one.text.length, unit: 'characters', target: atMost(2_500) },
      { name: 'failing pods the text misses or adds', value: Math.abs(podsIn(one.text) - failing), target: atMost(0) },
    ]
    for (const round of ['first', 'second', 'third']) {
      const all = await ask({})
      const facts = JSON.stringify(all.answer.data?.facts)
      const missed = urls.length - 1 - (facts.match(new RegExp(`cluster-\\d\\d ${failing}\\b`, 'g'))?.length ?? 0)
      if (missed > 0 || !all.text.includes(`${clusters.at(-1)!.name} `))
        throw new Error(`${missed} clusters are not counted, or the hung one is not named: ${all.text.slice(0, 900)}`)
      figures.push(
        { name: `20 clusters, one hung, ${round} call`, value: rounded(all.tookMs), unit: 'ms', target: atMost(2_500) },
        { name: `its text`, value: all.text.length, unit: 'characters', target: atMost(4_000) },
      )
    }
    return figures
  },
}
