import { alertPath } from '../../pages/alert-list.ts'
import { deploymentPath } from '../../pages/deployment-list.ts'
import { nodePath } from '../../pages/gpu-list.ts'
import { modelPath } from '../../pages/model-list.ts'
import type { Row } from './rows.ts'

/** Where a row of a table leads: a page of its own, or a question about it. */
export type RowLink = { column: string } & ({ href: string } | { ask: string })

const text = (row: Row, key: string): string => (typeof row[key] === 'string' ? (row[key] as string) : '')

const alert = (id: string): RowLink | undefined =>
  /^[^/]+\/[0-9a-f]+$/i.test(id) ? { column: 'alert', href: alertPath(id) } : undefined

const pod = (row: Row, column: string, name: string): RowLink | undefined =>
  name && text(row, 'cluster')
    ? { column, ask: `Why is pod ${text(row, 'cluster')}/${text(row, 'namespace')}/${name} failing?` }
    : undefined

const gpuNode = (row: Row): RowLink | undefined =>
  text(row, 'cluster') && text(row, 'node')
    ? { column: 'node', href: nodePath(text(row, 'cluster'), text(row, 'node')) }
    : undefined

const deployment = (row: Row): RowLink | undefined => {
  const [cluster, namespace, name] = ['cluster', 'namespace', 'name'].map((key) => text(row, key)) as [
    string,
    string,
    string,
  ]
  return cluster && name ? { column: 'name', href: deploymentPath({ cluster, namespace, name }) } : undefined
}

const cluster =
  (column: string) =>
  (row: Row): RowLink | undefined =>
    text(row, 'name') ? { column, href: `/fleet/${encodeURIComponent(text(row, 'name'))}` } : undefined

/** Derived here and not in answers: no model pays for it. */
const links: Record<string, (row: Row) => RowLink | undefined> = {
  list_alerts: (row) => alert(row.id),
  get_alert_history: (row) => alert(`${text(row, 'cluster')}/${text(row, 'fingerprint')}`),
  get_gpu_nodes: gpuNode,
  get_gpu_processes: gpuNode,
  list_nodes: (row) =>
    row.kind === 'kubernetes' && Number(row.gpuCapacity) > 0
      ? { column: 'name', href: nodePath(text(row, 'cluster'), text(row, 'name')) }
      : undefined,
  list_clusters: cluster('displayName'),
  get_fleet_capabilities: cluster('name'),
  list_models: (row) => ({ column: 'id', href: modelPath(row.id) }),
  list_deployments: deployment,
  get_serving_metrics: deployment,
  list_pods: (row) => (row.statusTone === 'good' ? undefined : pod(row, 'name', text(row, 'name'))),
  what_is_failing: (row) => pod(row, 'workload', text(row, 'example')),
  search_traces: (row) =>
    text(row, 'traceId') && text(row, 'cluster')
      ? {
          column: 'operation',
          href: `/traces/${encodeURIComponent(text(row, 'cluster'))}/${encodeURIComponent(text(row, 'traceId'))}`,
        }
      : undefined,
}

/** The natural follow-up of a row of this tool's answer, if it has one. */
export const rowLink = (tool: string | undefined, row: Row): RowLink | undefined =>
  tool !== undefined && Object.hasOwn(links, tool) ? links[tool]!(row) : undefined
