import { counters, gauges, histograms, type Named } from './names.ts'

/** Labels that say whose a series is; `app` is the workload behind the pod. */
const identity = 'namespace,app,job,dynamo_namespace,model,model_name'

/**
 * The pod's name without what its controllers append: a hash of the template and of the pod, of the pod alone, or ordinals.
 * Kubernetes makes hashes of letters and digits that spell no words (apimachinery's rand.String).
 */
const hash = '[bcdf-hj-np-tv-xz2456789]'
export const workloadPattern = `(.+?)((-${hash}{6,10})?-[a-z0-9]{5}|(-[0-9]+)+)`

export interface Place {
  namespace?: string | undefined
  /** Of one deployment: its pods alone */
  name?: string | undefined
}

const podsOf = (name: string) => `${name.replaceAll('.', '[.]')}-.*`
const placeMatchers = ({ namespace, name }: Place): string[] => [
  ...(namespace ? [`namespace=${JSON.stringify(namespace)}`] : []),
  ...(name ? [`pod=~${JSON.stringify(podsOf(name))}`] : []),
]

const selector = ({ name, matcher }: Named, place: Place): string => {
  const matchers = [...(matcher ? [matcher] : []), ...placeMatchers(place)]
  return matchers.length > 0 ? `${name}{${matchers.join(',')}}` : name
}

/** Each part under a label of its own: names are lost by `rate`, and `or` must keep all parts. */
const marked = (mark: string, query: string) => `label_replace(${query}, "measure", "${mark}", "", "")`
/** Summed by whose they are before they meet: `or` compares every series of both sides. */
const part = (mark: string, query: string, more = '') =>
  marked(mark, `sum by (${identity}${more}) (label_replace(${query}, "app", "$1", "pod", "${workloadPattern}"))`)

export interface Window extends Place {
  /** Such as 15m */
  window: string
}

/** `requests/0` → the name that is first in the list of `requests`. */
const marks = (lists: Record<string, readonly Named[]>): [mark: string, named: Named][] =>
  Object.entries(lists).flatMap(([measure, list]) =>
    list.map((named, index): [string, Named] => [`${measure}/${index}`, named]),
  )

/** State of every pod now, in one question; the names of the answer say which measure it is. */
export function gaugeQuery(place: Place): string {
  const plain = marks(gauges).filter(([, { matcher }]) => !matcher)
  const special = marks(gauges).filter(([, { matcher }]) => matcher)
  const names = `__name__=~"${[...new Set(plain.map(([, { name }]) => name))].join('|')}"`
  const all = `{${[names, ...placeMatchers(place)].join(',')}}`
  return [all, ...special.map(([, named]) => selector(named, place))].join(' or ')
}

/** What was counted over the window, per second; preemptions and refusals come as rates too. */
export const counterQuery = ({ window, ...place }: Window): string =>
  [
    ...marks(counters).map(([mark, named]) => part(mark, `rate(${selector(named, place)}[${window}])`)),
    // How fast the queue grows, per second: the fitted line, as it jumps from scrape to scrape
    ...gauges.waiting.map((named, index) =>
      part(`waitingGrowth/${index}`, `deriv(${selector(named, place)}[${window}])`),
    ),
  ].join(' or ')

/** Observations per second by bucket. Quantiles are made of them here, as those of two workloads cannot be put together. */
export const bucketQuery = ({ window, ...place }: Window): string =>
  marks(histograms)
    .map(([mark, named]) =>
      part(mark, `rate(${selector({ ...named, name: `${named.name}_bucket` }, place)}[${window}])`, ',le'),
    )
    .join(' or ')

/** p95 time to first token of one deployment over time, by the name its engine has for it: for whoever wants to see the curve. */
export function latencyQuery({ source, ...place }: Place & { source: string }): string {
  const named = histograms.ttft.find((one) => one.source === source) ?? histograms.ttft[0]!
  return `histogram_quantile(0.95, sum by (le) (rate(${selector({ ...named, name: `${named.name}_bucket` }, place)}[5m])))`
}
