import type { Prometheus } from '../clients/prometheus/types.ts'
import { readMetrics } from './service.ts'

/** One clock of one node, as linuxptp-daemon exports it (CNF-008). */
export interface PtpClock {
  node: string
  /** Port (`ens1fx`) or CLOCK_REALTIME */
  interface: string
  process: string
  state: 'locked' | 'freerun' | 'holdover' | 'unknown'
  offsetNs?: number
  maxOffsetNs?: number
  accuracy: 'high' | 'medium' | 'low' | 'unknown'
  clockClass?: number
}

/** CNF-008, CNF-009 */
const lockedBelowNs = 100
const accurateBelowNs = 50

const states: Record<number, PtpClock['state']> = { 0: 'freerun', 1: 'locked', 2: 'holdover' }
const names = [
  'openshift_ptp_clock_state',
  'openshift_ptp_offset_ns',
  'openshift_ptp_max_offset_ns',
  'openshift_ptp_clock_class',
]

/** The clocks of a cluster, from the metrics of the PTP operator's daemons. */
export async function readPtp(prometheus: Prometheus, signal: AbortSignal): Promise<PtpClock[]> {
  const clocks = new Map<string, PtpClock>()
  const classes = new Map<string, number>()
  for (const { name, labels, value } of await readMetrics(prometheus, { names, signal })) {
    const { node = '', iface = '', process = '' } = labels
    if (name === 'openshift_ptp_clock_class') {
      classes.set(node, value)
      continue
    }
    const key = `${node} ${iface} ${process}`
    const clock = clocks.get(key) ?? { node, interface: iface, process, state: 'unknown', accuracy: 'unknown' }
    clocks.set(key, clock)
    if (name === 'openshift_ptp_clock_state') clock.state = states[value] ?? 'unknown'
    else if (name === 'openshift_ptp_offset_ns') clock.offsetNs = value
    else clock.maxOffsetNs = value
  }
  return [...clocks.values()].map((clock) => judged(clock, classes.get(clock.node)))
}

function judged(clock: PtpClock, clockClass: number | undefined): PtpClock {
  const size = clock.offsetNs === undefined ? undefined : Math.abs(clock.offsetNs)
  const byOffset = size === undefined ? 'unknown' : size < lockedBelowNs ? 'locked' : 'freerun'
  return {
    ...clock,
    // daemons that do not export the state are judged by their offset
    state: clock.state === 'unknown' ? byOffset : clock.state,
    accuracy:
      size === undefined ? 'unknown' : size < accurateBelowNs ? 'high' : size < lockedBelowNs ? 'medium' : 'low',
    ...(clockClass !== undefined && { clockClass }),
  }
}

/** What is wrong with a clock, in words, or nothing. */
export function ptpProblem({ state, offsetNs }: PtpClock): string | undefined {
  const off = offsetNs !== undefined && Math.abs(offsetNs) >= lockedBelowNs
  if (state === 'holdover') return 'lost its master and keeps time by itself'
  if (state === 'freerun') return 'follows no master'
  if (state === 'locked' && off) return `locked, but ${Math.abs(offsetNs)} ns off (limit ${lockedBelowNs})`
  return undefined
}
