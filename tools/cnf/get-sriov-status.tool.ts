import * as z from 'zod'
import { defineTool } from '#define'
import { clusters, limit, optionalWord } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { factsLine, lines, quoted, tsv } from '../text.ts'
import { readSriov, type SriovPort, sriovGroup, sriovProblem } from './sriov.ts'

const row = z.strictObject({
  id: z.string(),
  cluster: z.string(),
  node: z.string(),
  interface: z.string(),
  pciAddress: z.string(),
  driver: z.string(),
  vendor: z.string(),
  deviceId: z.string(),
  totalVfs: z.number().int(),
  configuredVfs: z.number().int(),
  mtu: z.number().int().optional(),
  linkSpeed: z.string().optional(),
  syncStatus: z.string(),
  vfs: z
    .array(
      z.strictObject({
        id: z.number().int(),
        mac: z.string().optional(),
        vlan: z.number().int().optional(),
        driver: z.string().optional(),
      }),
    )
    .optional()
    .describe('With node only'),
  problem: z.string().optional(),
})
type Row = z.output<typeof row>

/** Ports that are split into virtual functions, and how much of them is used (CNF-004, CNF-010, CNF-014). */
export const getSriovStatus = defineTool({
  name: 'get_sriov_status',
  title: 'SR-IOV',
  about:
    'SR-IOV ports of each node: virtual functions configured of possible, driver, link, MTU. With node: each function.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'kubernetes'],
  input: z.strictObject({ clusters, node: optionalWord('Only this, with its functions'), limit }),
  output: tableOf(row),
  examples: [{}, { node: 'edge-lab-ran-01' }],
  route: { method: 'GET', path: '/cnf/sriov/status' },
  access: [{ verbs: ['list'], group: sriovGroup, resource: 'sriovnetworknodestates' }],
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      tsv(
        ['cluster', 'node', 'interface', 'pci', 'vendor', 'driver', 'VFs', 'of', 'mtu', 'link', 'sync', 'problem'],
        rows.map((one) => [
          one.cluster,
          one.node,
          one.interface,
          one.pciAddress,
          one.vendor,
          one.driver,
          one.configuredVfs,
          one.totalVfs,
          one.mtu,
          one.linkSpeed,
          one.syncStatus,
          quoted(one.problem, 160),
        ]),
      ),
      ...rows.flatMap((one) =>
        one.vfs && one.vfs.length > 0
          ? [
              `${one.node} ${one.interface}:`,
              tsv(
                ['vf', 'mac', 'vlan', 'driver'],
                one.vfs.map(({ id, mac, vlan, driver }) => [id, mac, vlan, driver]),
              ),
            ]
          : [],
      ),
    ),
  async run(input, ctx) {
    const { kubernetes } = ctx.clients
    const names = ctx.scopeOf(kubernetes, input.clusters)
    const { values, clusters } = requireSome(
      await ctx.fanOut(names, (cluster, signal) => readSriov(kubernetes.for(cluster), signal)),
    )
    const ports = values.flatMap(({ cluster, value }) => value.map((port) => ({ cluster, port })))
    const wanted = ports.filter(({ port }) => input.node === undefined || port.node === input.node)
    if (wanted.length === 0) return { empty: explain(input.node, ports.length), clusters }
    const rows = wanted
      .map(({ cluster, port }) => rowOf(cluster, port, input.node !== undefined))
      .sort((left, right) => Number(right.problem !== undefined) - Number(left.problem !== undefined))
    return {
      data: {
        title: counted(rows.length, 'SR-IOV port'),
        columns,
        rows: rows.slice(0, input.limit),
        facts: sriovFacts(wanted.map(({ port }) => port)),
      },
      clusters,
      total: rows.length,
    }
  },
})

function rowOf(cluster: string, whole: SriovPort, withFunctions: boolean): Row {
  const { vfs, syncError: _said, ...port } = whole
  const problem = sriovProblem(whole)
  return {
    id: `${cluster}/${port.node}/${port.interface}`,
    cluster,
    ...port,
    ...(withFunctions && { vfs }),
    ...(problem && { problem }),
  }
}

const explain = (node: string | undefined, ports: number) =>
  node !== undefined && ports > 0
    ? { title: `Node ${node} has no SR-IOV port`, likely: ['Its name is another one'], next: ['get_sriov_status'] }
    : {
        title: 'No SR-IOV port',
        likely: ['The SR-IOV network operator is not on these clusters, or found no card that can be split'],
        next: ['get_fleet_capabilities'],
      }

/** CNF-010: capacity, configured and the share of it. */
export function sriovFacts(ports: readonly SriovPort[]) {
  const total = ports.reduce((sum, { totalVfs }) => sum + totalVfs, 0)
  const configured = ports.reduce((sum, { configuredVfs }) => sum + configuredVfs, 0)
  return [
    { label: 'virtual functions possible', value: String(total) },
    { label: 'configured', value: String(configured) },
    { label: 'share', value: `${total === 0 ? 0 : Math.round((100 * configured) / total)} %` },
  ]
}

const columns = [
  { key: 'cluster', label: 'Cluster', type: 'text' as const },
  { key: 'node', label: 'Node', type: 'text' as const },
  { key: 'interface', label: 'Interface', type: 'text' as const },
  { key: 'driver', label: 'Driver', type: 'text' as const },
  { key: 'configuredVfs', label: 'VFs', type: 'number' as const },
  { key: 'totalVfs', label: 'of', type: 'number' as const },
  { key: 'linkSpeed', label: 'Link', type: 'text' as const },
  { key: 'syncStatus', label: 'Sync', type: 'text' as const },
  { key: 'problem', label: 'Problem', type: 'text' as const },
]
