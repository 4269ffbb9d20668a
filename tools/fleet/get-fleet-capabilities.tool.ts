import * as z from 'zod'
import { defineTool } from '#define'
import { clusters } from '../arguments.ts'
import { counted, tableOf } from '../table.ts'
import { factsLine, lines, shortTime, tsv } from '../text.ts'
import type { Capabilities } from './discover.ts'
import { noClusters } from './get-fleet-summary.tool.ts'
import { readStatus } from './health-store.ts'

const row = z.strictObject({
  id: z.string(),
  name: z.string(),
  platform: z.string().describe('With version and distribution where they are told'),
  kubernetesVersion: z.string().optional(),
  gpus: z.number().int(),
  gpuTypes: z.string(),
  observability: z.string().describe('Services that answer through the API server, others in brackets'),
  mesh: z.string().optional(),
  cnf: z.string(),
  discoveredAt: z.string(),
  unknowns: z.string().optional().describe('What could not be looked at'),
})

/** What each cluster has, as discovery last found it (FLT-062). */
export const getFleetCapabilities = defineTool({
  name: 'get_fleet_capabilities',
  title: 'Capabilities of the fleet',
  about:
    'What each cluster has, as discovery found it: platform, versions, GPUs, Prometheus, Thanos, Loki, Tempo, service mesh, CNF. Look again now: refresh_cluster.',
  risk: 'read',
  card: 'table',
  needs: ['fleet'],
  input: z.strictObject({ clusters }),
  output: tableOf(row),
  examples: [{}],
  route: { method: 'GET', path: '/fleet/capabilities' },
  text: ({ title, rows, facts }) =>
    lines(
      `${title}. ${factsLine(facts)}`,
      tsv(
        [
          'cluster',
          'platform',
          'kubernetes',
          'gpus',
          'models',
          'observability',
          'mesh',
          'cnf',
          'found(UTC)',
          'unknown',
        ],
        rows.map((one) => [
          one.name,
          one.platform,
          one.kubernetesVersion,
          one.gpus,
          one.gpuTypes,
          one.observability,
          one.mesh,
          one.cnf,
          shortTime(one.discoveredAt),
          one.unknowns,
        ]),
      ),
    ),
  async run(input, ctx) {
    const names = ctx.scope(input.clusters)
    if (names.length === 0) return { empty: noClusters }
    const stored = await readStatus(await ctx.db(), names)
    const found = names.flatMap((name) => {
      const known = stored.get(name)
      const capabilities = known?.capabilities as Capabilities | null | undefined
      return capabilities && known?.discoveredAt ? [{ name, capabilities, at: known.discoveredAt }] : []
    })
    if (found.length === 0)
      return {
        empty: {
          title: 'No cluster was looked through yet',
          likely: ['Discovery runs within a minute of the start; none of these clusters has answered since'],
          next: ['get_fleet_health', 'refresh_cluster'],
        },
      }
    const clusters = names.map((cluster) => {
      const known = found.some(({ name }) => name === cluster)
      const error = 'was not looked through yet'
      return { cluster, status: known ? ('success' as const) : ('error' as const), tookMs: 0, ...(!known && { error }) }
    })
    const rows = found.map(({ name, capabilities, at }) => rowOf(name, capabilities, at))
    return { data: { title: counted(rows.length, 'cluster'), columns, rows, facts: factsOf(found) }, clusters }
  },
})

function rowOf(name: string, found: Capabilities, at: Date): z.output<typeof row> {
  const { platform, platformVersion, distribution, kubernetesVersion, mesh } = found
  const services = found.services.map(({ role, answers }) => (answers ? role : `(${role})`))
  const cnf = [...found.cnfTypes, ...(found.hasPtp ? ['PTP'] : []), ...(found.hasSriov ? ['SR-IOV'] : [])]
  return {
    id: name,
    name,
    platform: [platform, platformVersion, distribution].filter(Boolean).join(' '),
    ...(kubernetesVersion && { kubernetesVersion }),
    gpus: found.gpuCount,
    gpuTypes: found.gpuTypes.join(', '),
    observability: services.join(', '),
    ...(mesh && { mesh }),
    cnf: cnf.join(', '),
    discoveredAt: at.toISOString(),
    ...(found.unknowns.length > 0 && { unknowns: found.unknowns.join('; ') }),
  }
}

function factsOf(found: readonly { capabilities: Capabilities }[]) {
  const all = found.map(({ capabilities }) => capabilities)
  const having = (role: string) =>
    all.filter(({ services }) => services.some((one) => one.role === role && one.answers))
  return [
    { label: 'GPUs', value: String(all.reduce((sum, { gpuCount }) => sum + gpuCount, 0)) },
    { label: 'clusters with GPUs', value: String(all.filter(({ gpuCount }) => gpuCount > 0).length) },
    { label: 'with CNF', value: String(all.filter(({ cnfTypes }) => cnfTypes.length > 0).length) },
    ...(['prometheus', 'thanos', 'loki', 'tempo'] as const).map((role) => ({
      label: `with ${role[0]!.toUpperCase()}${role.slice(1)}`,
      value: String(having(role).length),
    })),
  ]
}

const columns = [
  { key: 'name', label: 'Cluster', type: 'text' as const },
  { key: 'platform', label: 'Platform', type: 'text' as const },
  { key: 'kubernetesVersion', label: 'Kubernetes', type: 'text' as const },
  { key: 'gpus', label: 'GPUs', type: 'number' as const },
  { key: 'gpuTypes', label: 'Models', type: 'text' as const },
  { key: 'observability', label: 'Observability', type: 'text' as const },
  { key: 'mesh', label: 'Mesh', type: 'text' as const },
  { key: 'cnf', label: 'CNF', type: 'text' as const },
  { key: 'discoveredAt', label: 'Found', type: 'age' as const },
]
