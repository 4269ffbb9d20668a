import { silentUrl } from './dead-upstreams.ts'
import { countObjects, startDemoWorld } from './demo-world.ts'
import { atMost, type Measure, rounded, timed } from './measure.ts'
import { startProduct } from './product.ts'

const clusters = 20
const repeats = 3

export const fanOut: Measure = {
  id: 'fan-out',
  title: `list_nodes over ${clusters} clusters of which one accepts connections and never answers`,
  async run(bench) {
    const config = await startDemoWorld(bench, { extraClusters: clusters - 4 })
    if (config.clusters.length !== clusters) throw new Error(`the world has ${config.clusters.length} clusters`)
    const hung = config.clusters.at(-1)!
    const living = config.clusters.slice(0, -1)
    const nodes = await Promise.all(living.map(({ kubernetes }) => countObjects(kubernetes.url, '/api/v1/nodes')))
    const expected = nodes.reduce((sum, count) => sum + count, 0)
    hung.kubernetes.url = await silentUrl(bench)
    // list_nodes also knows the machines of Ray clusters, which no API server counts
    const { call } = await startProduct(bench, { upstreams: { ...config, ray: [] } })

    const took: number[] = []
    for (let repeat = 0; repeat <= repeats; repeat++) {
      const { value, tookMs } = await timed(() => call('list_nodes', {}))
      took.push(tookMs)
      const { answer, text } = value
      if (answer.error) throw new Error(answer.error.message)
      const silent = answer.clusters?.filter(({ status }) => status !== 'success').map((one) => one.cluster) ?? []
      if (silent.join() !== hung.name || !text.includes(hung.name))
        throw new Error(`${hung.name} hangs, and the answer names ${silent.join() || 'nobody'}: ${text.slice(-500)}`)
      if (answer.total !== expected) throw new Error(`${answer.total} nodes, and ${expected} are there`)
    }
    return [
      {
        name: 'first call, names the hung one, every other node counted',
        value: rounded(took[0]!),
        unit: 'ms',
        target: atMost(2_500),
      },
      {
        name: `slowest of ${repeats} calls after it`,
        value: rounded(Math.max(...took.slice(1))),
        unit: 'ms',
        target: atMost(2_500),
      },
      { name: 'nodes of the others', value: expected },
    ]
  },
}
