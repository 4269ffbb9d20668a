import { once } from 'node:events'
import { atMost, type Bench, type Figure, type Measure, rounded, timed } from './measure.ts'
import { startNode } from './processes.ts'
import { startProduct } from './product.ts'

const fleet = { clusters: 20, deployments: 50, failing: 3 }

async function startFleet(bench: Bench): Promise<string[]> {
  const { child, errors } = startNode(bench, ['bench/deployments.child.ts', JSON.stringify(fleet)])
  const ended = once(child, 'exit').then(() => {
    throw new Error(`the API servers ended: ${errors()}`)
  })
  ended.catch(() => undefined)
  const [{ urls }] = (await Promise.race([once(child, 'message'), ended])) as [{ urls: string[] }]
  return urls
}

export const listDeployments: Measure = {
  id: 'list-deployments',
  title: `list_deployments over ${fleet.clusters} clusters of ${fleet.deployments} deployments, API servers in their own process`,
  async run(bench) {
    const urls = await startFleet(bench)
    const clusters = urls.map((url, index) => ({
      name: `cluster-${String(index).padStart(2, '0')}`,
      kubernetes: { url },
    }))
    const { call } = await startProduct(bench, { upstreams: { clusters } })
    const whole = `deployments ${fleet.clusters * fleet.deployments}, failed ${fleet.clusters * fleet.failing},`
    const figures: Figure[] = []
    for (const round of ['first', 'second', 'third']) {
      const { value, tookMs } = await timed(() => call('list_deployments', {}))
      const { answer, text } = value
      if (answer.error) throw new Error(answer.error.message)
      if (!text.includes(whole)) throw new Error(`it does not count ${whole} ${text.slice(0, 600)}`)
      if (answer.total !== fleet.clusters * fleet.deployments || !answer.cursor)
        throw new Error(`${answer.total} deployments, and no way to the rest`)
      figures.push(
        { name: `${round} call`, value: rounded(tookMs), unit: 'ms', target: atMost(1_000) },
        { name: 'its text', value: text.length, unit: 'characters', target: atMost(4_000) },
      )
    }
    return figures
  },
}
