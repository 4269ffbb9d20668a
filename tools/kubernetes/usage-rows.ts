import * as z from 'zod'
import type { Column, Fact } from '#contract'
import { bytesText, cell, figure, tsv } from '../text.ts'
import type { ClusterUsage, Figures, Grouping, Usage } from './usage.ts'

const amount = (about: string) => z.number().optional().describe(about)

/** What one thing uses of what it asked for; a figure that nobody measured or set is absent. */
export const usageRow = z.strictObject({
  id: z.string(),
  cluster: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
  pods: z.number().int(),
  cpuUsed: amount('Cores'),
  cpuRequested: amount('Cores'),
  cpuLimit: amount('Cores; of a node what it can hand out'),
  memoryUsed: amount('Bytes'),
  memoryRequested: amount('Bytes'),
  memoryLimit: amount('Bytes'),
  gpuUsed: amount('Busy share of each, added'),
  gpuRequested: amount('GPUs'),
  gpuLimit: amount('Of a node'),
})
export type UsageRow = z.output<typeof usageRow>

export const resources = ['cpu', 'memory', 'gpu'] as const
export type Resource = (typeof resources)[number]

const short = (value: number | undefined, digits: number) =>
  value === undefined ? undefined : Number(value.toFixed(digits))

function members(figures: Figures, kind: 'Used' | 'Requested' | 'Limit'): Partial<UsageRow> {
  const found = {
    [`cpu${kind}`]: short(figures.cpuCores, 3),
    [`memory${kind}`]: short(figures.memoryBytes, 0),
    [`gpu${kind}`]: short(figures.gpus, 2),
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}

export const usageRowOf = ({ cluster, namespace, name, pods, used, requested, limit }: Usage): UsageRow => ({
  id: [cluster, namespace, name].filter((part) => part).join('/'),
  cluster,
  ...(namespace && namespace !== name && { namespace }),
  name: cell(name, 120),
  pods,
  ...members(used, 'Used'),
  ...members(requested, 'Requested'),
  ...members(limit, 'Limit'),
})

const usedOf = (row: UsageRow, resource: Resource) => row[`${resource}Used`]
const requestedOf = (row: UsageRow, resource: Resource) => row[`${resource}Requested`]

/** Most used first; of those that nobody measured, what they asked for decides. */
export const byUse =
  (resource: Resource) =>
  (left: UsageRow, right: UsageRow): number =>
    (usedOf(right, resource) ?? -1) - (usedOf(left, resource) ?? -1) ||
    (requestedOf(right, resource) ?? 0) - (requestedOf(left, resource) ?? 0) ||
    (left.id < right.id ? -1 : 1)

const said = (resource: Resource, value: number | undefined): string =>
  value === undefined ? '-' : resource === 'memory' ? bytesText(value) : figure(value)

const triple = (row: UsageRow, resource: Resource): string | undefined => {
  const values = [row[`${resource}Used`], row[`${resource}Requested`], row[`${resource}Limit`]]
  return values.every((value) => value === undefined)
    ? undefined
    : values.map((value) => said(resource, value)).join('/')
}

/** Totals over all rows, the source of what is used, and what is missing. */
export function usageFacts(rows: readonly UsageRow[], seen: readonly ClusterUsage[]): Fact[] {
  const total = (of: (row: UsageRow) => number | undefined) => {
    const known = rows.map(of).filter((value) => value !== undefined)
    return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0)
  }
  const sources = [...new Set(seen.flatMap((one) => one.sources))]
  const unknowns = [...new Set(seen.flatMap((one) => one.unknowns))]
  return [
    ...resources.flatMap((resource): Fact[] => {
      const used = total((row) => usedOf(row, resource))
      const requested = total((row) => requestedOf(row, resource))
      if (used === undefined && requested === undefined) return []
      return [{ label: resource, value: `${said(resource, used)} used of ${said(resource, requested)} requested` }]
    }),
    {
      label: 'source',
      value: sources.length > 0 ? sources.join('; ') : 'nothing is measured, only what was asked for',
    },
    ...(unknowns.length > 0
      ? [{ label: 'not measured', value: cell(unknowns.join('; '), 300), tone: 'warn' as const }]
      : []),
  ]
}

export const usageTable = (rows: readonly (UsageRow & { share?: number | undefined })[]): string =>
  tsv(
    ['cluster', 'namespace', 'name', 'share', 'pods', 'cpu used/requested/limit', 'memory', 'gpu'],
    rows.map((row) => [
      row.cluster,
      row.namespace,
      row.name,
      row.share === undefined ? undefined : `${row.share}%`,
      // Rows that are pods are one each
      rows.every(({ pods }) => pods === 1) ? undefined : row.pods,
      ...resources.map((resource) => triple(row, resource)),
    ]),
  )

const names: Record<Grouping, string> = { pods: 'Pod', workloads: 'Workload', namespaces: 'Namespace', nodes: 'Node' }

export function usageColumns(by: Grouping, rows: readonly UsageRow[]): Column[] {
  const limit = by === 'nodes' ? 'to give' : 'limit'
  const all: Column[] = [
    { key: 'name', label: names[by], type: 'text' },
    { key: 'namespace', label: 'Namespace', type: 'text' },
    { key: 'cluster', label: 'Cluster', type: 'text' },
    { key: 'pods', label: 'Pods', type: 'number' },
    { key: 'cpuUsed', label: 'CPU used', type: 'number' },
    { key: 'cpuRequested', label: 'CPU requested', type: 'number' },
    { key: 'cpuLimit', label: `CPU ${limit}`, type: 'number' },
    { key: 'memoryUsed', label: 'Memory used', type: 'bytes' },
    { key: 'memoryRequested', label: 'Memory requested', type: 'bytes' },
    { key: 'memoryLimit', label: `Memory ${limit}`, type: 'bytes' },
    { key: 'gpuUsed', label: 'GPUs busy', type: 'number' },
    { key: 'gpuRequested', label: 'GPUs requested', type: 'number' },
    { key: 'gpuLimit', label: `GPUs ${limit}`, type: 'number' },
  ]
  return all.filter(({ key }) => rows.some((row) => row[key as keyof UsageRow] !== undefined))
}
