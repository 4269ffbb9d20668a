import { available, startKubernetes } from '../engines/index.ts'
import { fillFleet } from '../engines/kubernetes-fleet.ts'
import { atMost, type Figure, type Measure, median, rounded, Skipped, timed } from './measure.ts'
import { startProduct } from './product.ts'

const fleet = { nodes: 100, pods: 2_000, failing: 0 }
const gpuNodes = { count: 8, gpus: 8, pool: 'h100' }
const rounds = 7
const wish = { model: 'Qwen3-8B', cluster: 'real', gpus: 2, namespace: 'default' }

export const planDeployment: Measure = {
  id: 'plan-deployment',
  title: `Plan of a deployment with its dry run on a real API server with ${fleet.nodes + gpuNodes.count} nodes and ${fleet.pods} pods`,
  async run(bench) {
    for (const name of ['kubernetes', 'dynamo-crds'] as const) {
      const engine = available(name)
      if (!engine.ok) throw new Skipped(`${name}: ${engine.why}`)
    }
    const kubernetes = await startKubernetes({ crds: ['dynamo'], nodes: [gpuNodes] })
    bench.after(() => kubernetes.stop())
    await fillFleet(kubernetes, fleet)
    const cluster = { name: 'real', kubernetes: { kubeconfig: kubernetes.kubeconfigPath, context: 'real' } }
    const { call } = await startProduct(bench, { upstreams: { clusters: [cluster] } })
    const figures: Figure[] = []
    for (const runtime of ['dynamo', 'plain']) {
      const took: number[] = []
      for (let round = 0; round < rounds; round++) {
        const { value, tookMs } = await timed(() =>
          call('deploy_model', { ...wish, runtime, name: `${runtime}-${round}` }),
        )
        const { approval, error } = value.answer
        if (error) throw new Error(error.message)
        if (!/accepts .*dry run/.test(JSON.stringify(approval))) throw new Error(`no dry run: ${value.text}`)
        took.push(tookMs)
      }
      const [first, ...others] = took
      const figure = (name: string, value: number): Figure => ({
        name: `${runtime}, ${name}`,
        value: rounded(value),
        unit: 'ms',
        target: atMost(1_500),
      })
      figures.push(
        figure('the first', first!),
        figure(`median of ${others.length} more`, median(others)),
        figure('the slowest of these', Math.max(...others)),
      )
    }
    return figures
  },
}
