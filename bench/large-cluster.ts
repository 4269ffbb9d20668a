import { setTimeout as sleep } from 'node:timers/promises'
import { available, startKubernetes } from '../engines/index.ts'
import { fillFleet } from '../engines/kubernetes-fleet.ts'
import { atMost, type Figure, type Measure, rounded, Skipped, timed } from './measure.ts'
import { processorMs, processTree } from './processes.ts'
import { startProduct } from './product.ts'

const fleet = { nodes: 500, pods: 10_000, failing: 107 }
/** After a watch has begun */
const warmRounds = 5

/** Waits until the engine has looked at every new pod; 500 kubelets that report need half a processor all the time. Milliseconds. */
async function rest(): Promise<number> {
  const startedAt = performance.now()
  const engine = processTree(process.pid).slice(1)
  const used = () => engine.reduce((sum, { pid }) => sum + processorMs(pid), 0)
  let before = used()
  for (let calm = 0; calm < 3 && performance.now() - startedAt < 60_000; ) {
    await sleep(1_000)
    const now = used()
    calm = now - before < 700 ? calm + 1 : 0
    before = now
  }
  return performance.now() - startedAt
}

export const largeCluster: Measure = {
  id: 'large-cluster',
  title: `${fleet.nodes} nodes and ${fleet.pods} pods on a real API server`,
  async run(bench) {
    const engine = available('kubernetes')
    if (!engine.ok) throw new Skipped(`kubernetes: ${engine.why}`)
    const kubernetes = await startKubernetes()
    bench.after(() => kubernetes.stop())
    await fillFleet(kubernetes, fleet)
    bench.say(`the engine is at rest after ${rounded((await rest()) / 1000, 1)} s`)
    const cluster = { name: 'large', kubernetes: { kubeconfig: kubernetes.kubeconfigPath, context: 'real' } }
    const { call } = await startProduct(bench, { upstreams: { clusters: [cluster] } })
    const ask = async (tool: string) => {
      const { value, tookMs } = await timed(() => call(tool, {}))
      if (value.answer.error) throw new Error(value.answer.error.message)
      return { tookMs, text: value.text }
    }
    const figures: Figure[] = []
    for (const [tool, said] of [
      ['list_nodes', `${fleet.nodes} nodes`],
      ['what_is_failing', `${fleet.failing} failing pods`],
    ] as const) {
      const cold = await ask(tool)
      if (!cold.text.startsWith(said)) throw new Error(`${tool}: ${cold.text.slice(0, 200)}`)
      figures.push({ name: `${tool}, cold`, value: rounded(cold.tookMs), unit: 'ms', target: atMost(2_000) })
    }
    await ask('list_nodes')
    await sleep(1_000)
    for (const tool of ['list_nodes', 'what_is_failing']) {
      const took: number[] = []
      for (let round = 0; round < warmRounds; round++) took.push((await ask(tool)).tookMs)
      const slowest = { name: `${tool}, warm, slowest of ${warmRounds}`, value: rounded(Math.max(...took)), unit: 'ms' }
      figures.push({ ...slowest, target: atMost(300) })
    }
    return figures
  },
}
