import { type Fact, formatMoney, type Money } from '#contract'
import type { PriceList } from '../../clients/index.ts'
import type { Node, Pod } from '../../kubernetes/service.ts'
import { gpuModelOf, podGpus } from '../../kubernetes/service.ts'
import { gpuHourPrice } from '../../prices.ts'
import { cell, shortTime } from '../../text.ts'
import { runtimeOf } from '../runtimes/index.ts'
import type { ServedDeployment } from '../runtimes/types.ts'
import type { ServingRow } from '../serving/rows.ts'
import type { History } from './deployment-history.ts'
import { replicasOf } from './deployment-rows.ts'

type Endpoint = NonNullable<ServedDeployment['endpoint']>

type Container = NonNullable<Pod['spec']['containers']>[number]

export interface Detail {
  served: ServedDeployment
  /** undefined: they could not be read */
  pods?: readonly Pod[]
  nodes?: readonly Node[]
  /** The one that serves, masked */
  container?: Container | undefined
  endpoint?: Endpoint
  history?: History
  /** Figures of now, or in words why there are none */
  serving: ServingRow | string
  prices?: PriceList | undefined
}

const fact = (label: string, value: string | undefined | false, more: Partial<Fact> = {}): Fact[] =>
  value ? [{ label, value, ...more }] : []

/** The command that brings the endpoint to one's own machine (MOD-049). */
export const portForward = ({ service, port }: Endpoint, namespace: string): string =>
  `kubectl port-forward svc/${service} 8000:${port} -n ${namespace}`

/** Configuration, place, price and figures of one deployment (MOD-040, MOD-048). */
export function factsOf(detail: Detail): Fact[] {
  const { served, endpoint, history, serving } = detail
  const { model, servedModelName, engine, mode, runtime, namespace } = served
  const { ready, wanted, gpus } = replicasOf(served)
  const revisions = history?.revisions ?? []
  return [
    ...fact('model', model ?? 'its object does not say'),
    ...fact('served as', servedModelName !== model && servedModelName),
    ...fact('runtime', runtimeOf(runtime)?.title ?? runtime),
    ...fact('engine', engine && (mode === 'disaggregated' ? `${engine}, prefill and decode apart` : engine)),
    ...fact('replicas', `${Math.min(ready, wanted)}/${wanted}`, { tone: ready < wanted ? 'warn' : 'good' }),
    ...fact('components', componentWords(served)),
    ...fact('GPUs', gpuWords(gpus, detail)),
    ...fact('cost', costWords(gpus, detail)),
    ...fact('image', detail.container?.image),
    ...fact('arguments', argumentWords(detail)),
    ...fact('endpoint', endpoint && `http://${endpoint.service}.${namespace}:${endpoint.port}${endpoint.path}`),
    ...fact('URL', endpoint?.url),
    ...fact('port-forward', endpoint && portForward(endpoint, namespace)),
    ...fact('kept by', served.keptBy ?? 'nobody said'),
    ...fact('created', served.createdAt && shortTime(served.createdAt)),
    ...fact('revisions', revisions.map(({ words }) => words).join('; ')),
    ...fact('serving now', typeof serving === 'string' ? serving : servingWords(serving), {
      ...(typeof serving !== 'string' && { tone: serving.stateTone }),
    }),
  ]
}

const componentWords = ({ components }: ServedDeployment) =>
  components
    .map(
      ({ name, replicas, readyReplicas, gpusPerReplica, nodesPerReplica = 1 }) =>
        `${name} ${readyReplicas}/${replicas}${gpusPerReplica > 0 ? ` × ${gpusPerReplica} GPU` : ''}${nodesPerReplica > 1 ? ` on ${nodesPerReplica} nodes` : ''}`,
    )
    .slice(0, 12)
    .join(', ')

/** GPU models of the nodes its pods are on, with how many of each they hold. */
function heldGpus({ pods = [], nodes = [] }: Detail): Map<string, number> {
  const models = new Map(nodes.flatMap((node) => (gpuModelOf(node) ? [[node.metadata.name, gpuModelOf(node)!]] : [])))
  const held = new Map<string, number>()
  for (const pod of pods) {
    const model = models.get(pod.spec.nodeName ?? '')
    const count = podGpus(pod)
    if (model && count > 0) held.set(model, (held.get(model) ?? 0) + count)
  }
  return held
}

const gpuWords = (gpus: number, detail: Detail) => {
  const held = heldGpus(detail)
  const words = [...held].map(([model, count]) => `${count} × ${model}`).join(', ')
  const total = [...held.values()].reduce((sum, count) => sum + count, 0)
  const isMore = total > gpus && gpus > 0
  return `${gpus}${words && ` (${words}${isMore ? ' held now: old and new workers side by side' : ''})`}`
}

/** Of the GPUs it holds, by the configured list; a GPU without a price makes no price. */
function costWords(gpus: number, detail: Detail): string | undefined {
  const held = [...heldGpus(detail)]
  if (gpus === 0 || held.length === 0 || !detail.prices) return undefined
  const prices = held.map(([model, count]): Money | undefined => {
    const price = gpuHourPrice(detail.prices, model)
    return price && { ...price, amount: price.amount * count }
  })
  const missing = held.filter((_, index) => prices[index] === undefined).map(([model]) => model)
  if (missing.length > 0) return `no price is configured for ${missing.join(', ')}`
  const [first] = prices
  const amount = prices.reduce((sum, price) => sum + price!.amount, 0)
  const total = held.reduce((sum, [, count]) => sum + count, 0)
  return `${formatMoney({ ...first!, amount })} an hour${total > gpus ? ` now, for ${total} GPUs` : ''}`
}

const createdMs = ({ metadata }: Pod): number => Date.parse(metadata.creationTimestamp ?? '') || 0

/**
 * The container that serves: of the pod that holds most GPUs (the newest of them: others may be of the version before) the one that asks for them, else its first. Masked as a part of its pod:
 * an argument alone does not tell that it is a key.
 */
export function mainContainer(pods: readonly Pod[], redact: <T>(value: T) => T): Container | undefined {
  const pod = [...pods].sort((left, right) => podGpus(right) - podGpus(left) || createdMs(right) - createdMs(left))[0]
  if (!pod) return undefined
  const containers = redact(pod).spec.containers ?? []
  const asksGpus = ({ resources }: Container) =>
    Object.keys(resources?.limits ?? {}).some((name) => /gpu|mig-/.test(name))
  return containers.find(asksGpus) ?? containers[0]
}

function argumentWords({ container }: Detail): string | undefined {
  const words = [...(container?.command ?? []), ...(container?.args ?? [])]
  return words.length > 0 ? cell(words.join(' '), 300) : undefined
}

const pair = (...values: (number | undefined)[]) => values.map((value) => value ?? '-').join('/')

function servingWords(row: ServingRow): string {
  const parts = [
    row.requestsPerSecond !== undefined && `${row.requestsPerSecond} requests/s`,
    row.ttftP50Ms !== undefined && `TTFT p50/p95 ${pair(row.ttftP50Ms, row.ttftP95Ms)} ms`,
    row.itlP50Ms !== undefined && `ITL p50/p95 ${pair(row.itlP50Ms, row.itlP95Ms)} ms`,
    row.running !== undefined && `${row.running} run, ${row.waiting ?? '-'} wait`,
    row.kvPercent !== undefined && `KV cache ${row.kvPercent} %`,
    row.tokensOutPerSecond !== undefined && `${row.tokensOutPerSecond} tokens/s`,
    row.stateTone !== 'good' && row.state,
  ]
  return `${parts.filter((part) => part).join(', ')} (last 15m)`
}
