import type { Prometheus, PrometheusSeries } from '../clients/prometheus/types.ts'
import type { Pod } from '../kubernetes/service.ts'

export const cnfTypes = ['vdu', 'vcu', 'upf', 'amf', 'smf', 'nrf', 'ptp'] as const
export type CnfType = (typeof cnfTypes)[number]

/** How people write the types. */
export const cnfLabels: Record<CnfType, string> = {
  vdu: 'vDU',
  vcu: 'vCU',
  upf: 'UPF',
  amf: 'AMF',
  smf: 'SMF',
  nrf: 'NRF',
  ptp: 'PTP',
}

/** Words of network functions in names, with or without the v of a virtualised one (FLT-053, CNF-007). */
const words: [RegExp, CnfType][] = [
  [/(^|[-_.])v?du([-_.]|\d|$)/, 'vdu'],
  [/(^|[-_.])v?cu([-_.]|\d|$)/, 'vcu'],
  [/(^|[-_.])upf([-_.]|\d|$)/, 'upf'],
  [/(^|[-_.])amf([-_.]|\d|$)/, 'amf'],
  [/(^|[-_.])smf([-_.]|\d|$)/, 'smf'],
  [/(^|[-_.])nrf([-_.]|\d|$)/, 'nrf'],
  [/(^|[-_.])(linux)?ptp([-_.]|\d|$)/, 'ptp'],
]

/** The network function that a name speaks of. */
export const cnfTypeOf = (name: string): CnfType | undefined =>
  words.find(([word]) => word.test(name.toLowerCase()))?.[1]

/** CNF-007: by the label app.kubernetes.io/component, else the name, else the namespace. What only measures a function is none. */
export function cnfTypeOfPod({ metadata: { name, namespace = '', labels = {} } }: Pod): CnfType | undefined {
  if (/exporter|operator|monitor|dashboard/.test(name)) return undefined
  const component = labels['app.kubernetes.io/component']
  return (
    (component && cnfTypeOf(component)) ||
    cnfTypeOf(name) ||
    (/operator/.test(namespace) ? undefined : cnfTypeOf(namespace))
  )
}

/** The last value of each series of several metrics, with its name, as one question. */
export async function readMetrics(
  prometheus: Prometheus,
  { names, matchers = '', signal }: { names: readonly string[]; matchers?: string; signal: AbortSignal },
): Promise<{ name: string; labels: Record<string, string>; value: number }[]> {
  const query = `{__name__=~"${names.join('|')}"${matchers && `,${matchers}`}}`
  const { series } = await prometheus.query({ query, signal })
  return series.map((one) => ({ name: one.metric.__name__ ?? '', labels: one.metric, value: lastOf(one) }))
}

export const lastOf = ({ values }: PrometheusSeries): number => Number(values.at(-1)?.[1] ?? Number.NaN)

/** A string inside a matcher. */
export const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
