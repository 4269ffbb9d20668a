import * as z from 'zod'
import { type Column, type EmptyPayload, ToolError } from '#contract'
import { defineTool } from '#define'
import { clusters, labelSelector, limit, matchesText, namespace, optionalWord, text, word } from '../arguments.ts'
import type { KubernetesCluster, ListQuery, ResourceKind } from '../clients/kubernetes/types.ts'
import { requireSome } from '../fan-out.ts'
import { counted, tableOf } from '../table.ts'
import { cell, factsLine, lines, outsideNote, tsv } from '../text.ts'
import { readable } from './object-yaml.ts'
import { readableKinds } from './readable-kinds.ts'
import { fieldCell, memberName } from './resource-fields.ts'

const input = z.strictObject({
  clusters,
  kind: word.describe('deploy, rayclusters.ray.io'),
  namespace,
  labelSelector,
  fieldSelector: optionalWord('metadata.name=web'),
  fields: z
    .array(word)
    .refine((list) => list.length <= 12, 'must have at most 12 paths')
    .optional()
    .describe('spec.replicas, status.conditions[type=Ready].status'),
  text,
  limit,
})
type Input = z.output<typeof input>

/** Objects of any kind over many clusters, in the columns of the server or in fields of choice. */
export const listResources = defineTool({
  name: 'list_resources',
  title: 'Kubernetes objects',
  about:
    'Objects of any kind, CRDs too, as kubectl get shows them or by fields. One object whole: get_resource. Pods: list_pods.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'kubernetes'],
  input,
  output: tableOf(z.looseObject({ id: z.string(), cluster: z.string(), name: z.string() })),
  examples: [
    { kind: 'deployments', namespace: 'inference' },
    { kind: 'rayclusters.ray.io', fields: ['spec.rayVersion', 'status.state'] },
    { kind: 'secret', clusters: ['gpu-east'], fieldSelector: 'type=kubernetes.io/tls' },
  ],
  route: { method: 'GET', path: '/resources' },
  access: readableKinds,
  text: ({ title, columns, rows, facts }) =>
    lines(
      [title, factsLine(facts)].filter((part) => part).join('. '),
      outsideNote.replace('Quoted text comes', 'Cells come'),
      tsv(
        ['cluster', 'namespace', 'name', ...extra(columns).map(({ label }) => label)],
        rows.map((row) => [
          row.cluster,
          row.namespace as string | undefined,
          row.name,
          ...extra(columns).map(({ key, type }) => {
            const value = row[key] as string | number | undefined
            return type === 'age'
              ? String(value ?? '').slice(0, 10)
              : typeof value === 'string'
                ? cell(value, 100)
                : value
          }),
        ]),
      ),
    ),
  async run(input, ctx) {
    const { kubernetes } = ctx.clients
    const names = ctx.scopeOf(kubernetes, input.clusters)
    const read = await ctx.fanOut(names, (name, signal) =>
      readCluster(kubernetes.for(name), { input, signal, redact: ctx.redact }),
    )
    const { values, clusters } = requireSome(read)
    const { kind } = values[0]!.value
    const all = values.flatMap(({ value }) => value.rows)
    const rows = all.filter((row) =>
      matchesText(
        input.text,
        Object.values(row).map((value) => String(value)),
      ),
    )
    const left = values.reduce((sum, { value }) => sum + (value.remaining ?? 0), 0)
    if (rows.length === 0) return { empty: explain(input, { kind, known: all.length }), clusters }
    const columns = new Map(values.flatMap(({ value }) => value.columns.map((column) => [column.key, column] as const)))
    const byCluster = values.filter(({ value }) => value.rows.length > 0)
    return {
      data: {
        title: `${counted(rows.length, kind.kind, `${kind.kind} objects`)}${input.text ? ` of ${all.length}` : ''}`,
        columns: [...fixed(kind), ...columns.values()],
        rows,
        facts: [
          ...(byCluster.length > 1
            ? byCluster.map(({ cluster, value }) => ({ label: cluster, value: String(value.rows.length) }))
            : []),
          ...(left > 0 ? [{ label: 'not read', value: `${left} more: narrow it`, tone: 'warn' as const }] : []),
        ],
      },
      clusters,
    }
  },
})

type Row = { id: string; cluster: string; name: string; [field: string]: unknown }
interface Read {
  kind: ResourceKind
  rows: Row[]
  columns: Column[]
  remaining?: number | undefined
}

/** Most objects of one cluster that one call reads. */
const mostObjects = 3_000

async function readCluster(
  client: KubernetesCluster,
  { input, signal, redact }: { input: Input; signal: AbortSignal; redact: <T>(value: T) => T },
): Promise<Read> {
  const kind = await client.resolveKind(input.kind, signal)
  const { namespace, labelSelector, fieldSelector } = input
  const query: ListQuery = {
    signal,
    limit: mostObjects,
    ...(namespace && kind.namespaced && { namespace }),
    ...(labelSelector && { labelSelector }),
    ...(fieldSelector && { fieldSelector }),
  }
  const isSecret = kind.group === '' && kind.resource === 'secrets'
  if (isSecret && input.fields)
    throw new ToolError('invalid-input', 'Secrets are listed by name, type and keys only.', {
      next: 'Leave fields away.',
      field: 'fields',
    })
  if (!isSecret && !input.fields) return { kind, ...(await serverColumns(client, kind, query)) }
  const { items, remaining } = await client.list(kind, query)
  const fields = input.fields ?? ['type', 'keys']
  const rows = items.map((object): Row => {
    // Masked as a whole: a value alone does not tell what it is.
    const shown = isSecret ? secretFacts(object) : readable(redact(object))
    const cells = fields.map((path) => [path, fieldCell(shown, path)] as const)
    return {
      ...identity(client.cluster, object.metadata),
      ...Object.fromEntries(cells.filter(([, value]) => value !== undefined)),
    }
  })
  const columns = fields.map((path): Column => {
    const isNumber = rows.some((row) => typeof row[path] === 'number')
    return { key: path, label: path, type: isNumber ? 'number' : 'text' }
  })
  return { kind, rows, columns, remaining }
}

const identity = (cluster: string, { name, namespace }: { name: string; namespace?: string | undefined }) => ({
  id: [cluster, namespace, name].filter((part) => part).join('/'),
  cluster,
  ...(namespace && { namespace }),
  name,
})

const secretFacts = (object: { [member: string]: unknown }) => ({
  type: object.type,
  keys: Object.keys((object.data as object | undefined) ?? {}).join(', '),
})

/** The columns that kubectl shows; a name is there anyway, and an age is told as the time it counts from. */
async function serverColumns(
  client: KubernetesCluster,
  kind: ResourceKind,
  query: ListQuery,
): Promise<Omit<Read, 'kind'>> {
  const table = await client.table(kind, query)
  const shown = table.columns.flatMap(({ name, type, priority }, index) => {
    if (priority > 0 || index === 0 || /^(name|namespace)$/i.test(name)) return []
    const isAge = /^(age|created at)$/i.test(name)
    const key = isAge ? 'created' : memberName(name)
    const drawn = isAge ? 'age' : /^(integer|number)$/.test(type) ? 'number' : 'text'
    return [{ index, isAge, column: { key, label: isAge ? 'created' : name, type: drawn } satisfies Column }]
  })
  const rows = table.rows.map((row): Row => {
    const cells = shown.flatMap(({ index, isAge, column }) => {
      const value = isAge ? row.created : row.cells[index]
      if (value === undefined || value === null || value === '' || value === '<none>') return []
      return [[column.key, typeof value === 'number' ? value : cell(String(value), 160)] as const]
    })
    return { ...identity(client.cluster, row), ...Object.fromEntries(cells) }
  })
  return { rows, columns: shown.map(({ column }) => column), remaining: table.remaining }
}

const fixed = (kind: ResourceKind): Column[] => [
  { key: 'name', label: 'Name', type: 'text' },
  ...(kind.namespaced ? [{ key: 'namespace', label: 'Namespace', type: 'text' as const }] : []),
  { key: 'cluster', label: 'Cluster', type: 'text' },
]
const named = new Set(['name', 'namespace', 'cluster'])
const extra = (columns: readonly Column[]) => columns.filter(({ key }) => !named.has(key))

function explain(input: Input, { kind, known }: { kind: ResourceKind; known: number }): EmptyPayload {
  const { namespace, labelSelector, fieldSelector, text } = input
  const what = `${kind.kind} objects`
  if (known > 0)
    return {
      title: `None of ${known} ${what} matches ${JSON.stringify(text)}`,
      likely: ['No cell holds all of these words'],
      next: ['list_resources without text'],
    }
  const likely = [
    ...(namespace && kind.namespaced
      ? [`Namespace ${cell(namespace, 80)} has none, or does not exist on these clusters`]
      : []),
    ...(labelSelector ? ['None has these labels'] : []),
    ...(fieldSelector ? ['None has these fields; most kinds only filter by metadata.name and metadata.namespace'] : []),
  ]
  return {
    title: `No ${what}`,
    likely: likely.length > 0 ? likely : ['The kind is served and nobody has made one'],
    next: [likely.length > 0 ? 'list_resources with fewer filters' : 'list_clusters'],
  }
}
