import { countObjects, startDemoWorld } from './demo-world.ts'
import { callOverHttp } from './mcp-call.ts'
import { atMost, type Measure, median, rounded, timed } from './measure.ts'
import { startProduct } from './product.ts'

const cluster = 'gpu-east'
const rounds = 9

async function medianMs(task: () => Promise<unknown>): Promise<number> {
  await task()
  const took: number[] = []
  for (let round = 0; round < rounds; round++) took.push((await timed(task)).tookMs)
  return median(took)
}

export const listPods: Measure = {
  id: 'list-pods',
  title: 'list_pods over 2,000 pods of one cluster, mock API server in its own process',
  async run(bench) {
    const podsPerCluster = { [cluster]: 2_000, hub: 50, 'gpu-west': 50, 'edge-lab': 50 }
    const config = await startDemoWorld(bench, { podsPerCluster })
    const upstream = config.clusters.find(({ name }) => name === cluster)!.kubernetes.url
    const pods = await countObjects(upstream, '/api/v1/pods')
    if (pods < 2_000) throw new Error(`the world has ${pods} pods in ${cluster}`)
    const { url, call } = await startProduct(bench, { upstreams: config })

    const input = { clusters: [cluster] }
    const { answer, text } = await call('list_pods', input)
    if (answer.error) throw new Error(answer.error.message)
    if (answer.total !== pods) throw new Error(`list_pods counts ${answer.total}, the API server has ${pods}`)
    const list = () => fetch(`${upstream}/api/v1/pods`).then((response) => response.json())
    const bareMs = await medianMs(list)
    const compared = { comparedWith: `${rounded(bareMs)} ms for the list alone, read as JSON without the product` }
    return [
      {
        name: 'through the road',
        value: rounded(await medianMs(() => call('list_pods', input))),
        unit: 'ms',
        target: atMost(120),
        ...compared,
      },
      {
        name: 'over HTTP',
        value: rounded(await medianMs(() => callOverHttp(url, 'list_pods', input))),
        unit: 'ms',
        target: atMost(120),
        ...compared,
      },
      { name: 'text for the model', value: text.length, unit: 'characters', target: atMost(4_000) },
      {
        name: 'pods the answer misses or adds',
        value: Math.abs((answer.total ?? 0) - pods),
        target: atMost(0),
        comparedWith: `${pods} pods counted at the API server`,
      },
    ]
  },
}
