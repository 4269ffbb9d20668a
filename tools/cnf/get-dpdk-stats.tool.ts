import * as z from 'zod'
import { defineTool } from '#define'
import { cluster, optionalWord, word } from '../arguments.ts'
import { counted, tableOf } from '../table.ts'
import { factsLine, figure, lines, tsv } from '../text.ts'
import { type DpdkCounter, type DpdkPort, readDpdk } from './dpdk.ts'

const count = z.number().optional()
const row = z.strictObject({
  id: z.string(),
  namespace: z.string(),
  pod: z.string(),
  port: z.string(),
  rxPackets: count,
  txPackets: count,
  rxBytes: count,
  txBytes: count,
  rxErrors: count,
  txErrors: count,
  rxDropped: count.describe('The card had no free descriptor: the process polls too slowly'),
  rxNoBuffer: count.describe('The pool of buffers was empty'),
  rxPacketsPerSecond: count,
  txPacketsPerSecond: count,
  rxDroppedPerSecond: count,
  problem: z.string().optional(),
})
type Row = z.output<typeof row>

/** Ports of the DPDK process in a pod (CNF-003, CNF-011, CNF-014). */
export const getDpdkStats = defineTool({
  name: 'get_dpdk_stats',
  title: 'DPDK ports of a pod',
  about: 'DPDK ports of one pod: packets, bytes, errors, drops, rates now; cycles and cache misses where measured.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'prometheus'],
  input: z.strictObject({ cluster, pod: word.describe('Pod name'), namespace: optionalWord('Default: any') }),
  output: tableOf(row),
  examples: [{ cluster: 'edge-lab', namespace: 'upf-core', pod: 'upf-0' }],
  route: { method: 'GET', path: '/cnf/dpdk/stats' },
  text: ({ title, rows, facts }) =>
    lines(
      `${title}${facts && facts.length > 0 ? `. ${factsLine(facts)}` : ''}`,
      tsv(
        [
          'port',
          'rx/s',
          'tx/s',
          'dropped/s',
          'rx packets',
          'tx packets',
          'rx errors',
          'tx errors',
          'dropped',
          'problem',
        ],
        rows.map((one) => [
          one.port,
          one.rxPacketsPerSecond === undefined ? undefined : figure(one.rxPacketsPerSecond),
          one.txPacketsPerSecond === undefined ? undefined : figure(one.txPacketsPerSecond),
          one.rxDroppedPerSecond === undefined ? undefined : figure(one.rxDroppedPerSecond),
          one.rxPackets,
          one.txPackets,
          one.rxErrors,
          one.txErrors,
          one.rxDropped,
          one.problem,
        ]),
      ),
    ),
  async run(input, ctx) {
    const [name] = ctx.scope([input.cluster])
    const { pod, namespace } = input
    const { ports, work } = await readDpdk(ctx.clients.prometheus.for(name!), { pod, namespace, signal: ctx.signal })
    if (ports.length === 0)
      return {
        empty: {
          title: `No DPDK counters of pod ${pod}`,
          likely: [
            'The name is another one, or the pod runs no DPDK process',
            "Prometheus does not scrape its telemetry (Telegraf's dpdk input: dpdk_ipackets and others with the label pod)",
          ],
          next: ['get_cnf_workloads', 'find_metrics with text dpdk'],
        },
      }
    const facts = Object.entries(work).map(([label, value]) => ({ label: words[label]!, value: figure(value) }))
    const where = [...new Set(ports.map((port) => `${name}/${port.namespace}`))].join(', ')
    const title = `${pod} in ${where}: ${counted(ports.length, 'DPDK port')}, rates over 5m`
    return { data: { title, columns, rows: ports.map(rowOf), facts } }
  },
})

const words: Record<string, string> = {
  cpuCycles: 'CPU cycles',
  instructions: 'instructions',
  cacheMisses: 'cache misses',
}

/** Drops that matter: more than one packet of a hundred thousand. */
const lossy = 1e-5

function rowOf({ pod, namespace, port, counters, perSecond }: DpdkPort): Row {
  const rate = (counter: DpdkCounter, key: keyof Row) =>
    perSecond[counter] === undefined ? {} : { [key]: perSecond[counter] }
  const received = perSecond.rxPackets ?? 0
  const lost = perSecond.rxDropped ?? 0
  const problems = [
    ...(lost > 0 && lost > received * lossy
      ? [`drops ${figure(lost)} packets a second: the process polls too slowly`]
      : []),
    ...((perSecond.rxNoBuffer ?? 0) > 0 ? ['its pool of buffers runs empty'] : []),
    ...((perSecond.rxErrors ?? 0) + (perSecond.txErrors ?? 0) > 0 ? ['errors on the wire'] : []),
  ]
  return {
    id: `${namespace}/${pod}/${port}`,
    namespace,
    pod,
    port,
    ...counters,
    ...rate('rxPackets', 'rxPacketsPerSecond'),
    ...rate('txPackets', 'txPacketsPerSecond'),
    ...rate('rxDropped', 'rxDroppedPerSecond'),
    ...(problems.length > 0 && { problem: problems.join('; ') }),
  }
}

const columns = [
  { key: 'port', label: 'Port', type: 'text' as const },
  { key: 'rxPacketsPerSecond', label: 'Received a second', type: 'number' as const },
  { key: 'txPacketsPerSecond', label: 'Sent a second', type: 'number' as const },
  { key: 'rxDroppedPerSecond', label: 'Dropped a second', type: 'number' as const },
  { key: 'rxErrors', label: 'Errors in', type: 'number' as const },
  { key: 'txErrors', label: 'Errors out', type: 'number' as const },
  { key: 'problem', label: 'Problem', type: 'text' as const },
]
