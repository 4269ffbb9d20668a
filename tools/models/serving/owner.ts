import type { ServedDeployment } from '../runtimes/types.ts'
import { workloadPattern } from './queries.ts'

type Labels = Record<string, string>
type Place = Pick<ServedDeployment, 'namespace' | 'name'>

/** Whose a series is: a deployment, or what its labels say where none fits. */
export interface Owner<D extends Place> {
  key: string
  namespace: string
  name: string
  deployment?: D
}

const workload = new RegExp(`^(?:${workloadPattern})$`)
/** `qwen3-8b-worker-6d4cf56db6-x2v9k` → `qwen3-8b-worker`, as the queries do it. */
export const appOf = (labels: Labels): string | undefined => labels.app ?? workload.exec(labels.pod ?? '')?.[1]

/** The name of a graph in the labels of Dynamo: dots are no part of it. */
const dynamoNamespace = ({ namespace, name }: Place) => `${namespace}-${name}`.replaceAll('.', '-')

/** Finds whose series are by Dynamo's own label, by the workload of the pod, or by the scrape job. The longest name that fits is meant. */
export function ownerFinder<D extends Place>(deployments: readonly D[]): (labels: Labels) => Owner<D> {
  const longestFirst = [...deployments].sort((left, right) => right.name.length - left.name.length)
  const byNamespace = Map.groupBy(longestFirst, ({ namespace }) => namespace)
  const byDynamo = new Map(deployments.map((one) => [dynamoNamespace(one), one]))
  const known = new Map<string, Owner<D>>()
  return (labels) => {
    const app = appOf(labels)
    const job = labels.job?.split('/').at(-1)
    const { namespace = '', dynamo_namespace: graph = '', model, model_name } = labels
    const identity = JSON.stringify([namespace, app, job, graph, app ? '' : (model ?? model_name)])
    const found = known.get(identity)
    if (found) return found
    const isOf = (name: string, word: string | undefined) => word === name || word?.startsWith(`${name}-`) === true
    const own = namespace === '' ? longestFirst : (byNamespace.get(namespace) ?? [])
    const deployment =
      byDynamo.get(graph) ??
      own.find(({ name }) => isOf(name, app)) ??
      (app === undefined || own.length > 0 ? own.find(({ name }) => isOf(name, job)) : undefined)
    const name = deployment?.name ?? (graph || app || job || model || model_name || 'unknown')
    const place = deployment?.namespace ?? namespace
    const owner = { key: `${place}/${name}`, namespace: place, name, ...(deployment && { deployment }) }
    known.set(identity, owner)
    return owner
  }
}
