import { once } from 'node:events'
import { join } from 'node:path'
import { atMost, type Bench, type Figure, type Measure, median, rounded, timed } from './measure.ts'
import { startNode } from './processes.ts'
import { startProduct } from './product.ts'

const seriesPerCluster = 50
const rounds = 5
/** What the slowest cluster takes, and every other one; ten are asked at a time. */
const slowMs = 1_000
const fastMs = 30

async function startServers(bench: Bench, slow: number): Promise<string> {
  const options = JSON.stringify({ seriesPerCluster, slow, slowMs, fastMs })
  const { child } = startNode(bench, ['bench/metrics.child.ts', options])
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  return url
}

// Nobody is given up here: it is the work that is measured
const query = { query: 'bench', since: '1h', fresh: true, limit: 20, timeoutSeconds: 60 }

/** Wall and processor time of a range query over so many clusters. */
async function ask(bench: Bench, clusters: number, slow: number) {
  const url = await startServers(bench, slow)
  const names = Array.from({ length: clusters }, (_, index) => `c-${String(index).padStart(4, '0')}`)
  const upstreams = { clusters: names.map((name, index) => ({ name, prometheus: { url: `${url}/c/${index}` } })) }
  const { call } = await startProduct({ ...bench, folder: join(bench.folder, String(clusters)) }, { upstreams })
  const once = async () => {
    const before = process.cpuUsage()
    const { value, tookMs } = await timed(() => call('query_metrics', query))
    const { user, system } = process.cpuUsage(before)
    const { answer, text } = value
    if (answer.error) throw new Error(answer.error.message)
    const total = clusters * seriesPerCluster
    if (total > 200 && !text.includes(`${total} series`))
      throw new Error(`${total} series are there: ${text.slice(-400)}`)
    return { tookMs, cpuMs: (user + system) / 1000, bytes: Buffer.byteLength(JSON.stringify(answer)), text }
  }
  // The first one loads the grammar, opens connections and warms the compiler
  await once()
  await once()
  const took = []
  for (let round = 0; round < (clusters > 200 ? 2 : rounds); round++) took.push(await once())
  return {
    wallMs: median(took.map(({ tookMs }) => tookMs)),
    cpuMs: median(took.map(({ cpuMs }) => cpuMs)) / clusters,
    bytes: Math.max(...took.map(({ bytes, text }) => Math.max(bytes, Buffer.byteLength(text)))),
  }
}

export const metrics: Measure = {
  id: 'metrics',
  title: `query_metrics, one hour by the minute, ${seriesPerCluster} series on each cluster, servers in their own process`,
  async run(bench): Promise<Figure[]> {
    const hundred = await ask(bench, 100, 50)
    const ten = await ask(bench, 10, -1)
    const thousand = await ask(bench, 1_000, -1)
    return [
      {
        name: '100 clusters, ten at a time, against the slowest',
        value: rounded(hundred.wallMs / slowMs, 2),
        unit: 'times',
        target: atMost(1.3),
        comparedWith: `${rounded(hundred.wallMs)} ms; the slowest answers after ${slowMs} ms, the others after ${fastMs} ms`,
      },
      {
        name: 'processor time a cluster, 1,000 against 10 clusters',
        value: rounded(thousand.cpuMs / ten.cpuMs, 2),
        unit: 'times',
        target: atMost(1.2),
        comparedWith: `${rounded(ten.cpuMs, 1)} ms at 10, ${rounded(hundred.cpuMs, 1)} at 100, ${rounded(thousand.cpuMs, 1)} at 1,000`,
      },
      {
        name: 'answer, the larger channel',
        value: Math.max(hundred.bytes, thousand.bytes),
        unit: 'bytes',
        target: atMost(10_000),
      },
    ]
  },
}
