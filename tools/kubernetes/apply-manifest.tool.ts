import * as z from 'zod'
import { type Column, isToolError, type Plan, ToolError } from '#contract'
import { defineTool } from '#define'
import { manifestDiff, orAbsent } from '../manifest.ts'
import { counted, tableOf } from '../table.ts'
import { lines, tsv } from '../text.ts'
import { applyChecks, applyGuard, inOrder, kindOfManifest, placed, tryManifests } from './change/apply-plan.ts'
import { cluster, isProtected, optionalWord } from './change/arguments.ts'
import { changeableKinds } from './change/changeable-kinds.ts'
import { readManifests } from './change/manifests.ts'
import { gpusEach } from './change/surroundings.ts'
import { type Ctx, checkProtected, refuse, some, titleOf } from './change/target.ts'
import { wantedPods } from './change/workloads.ts'

const mostCharacters = 60_000
const input = z.strictObject({
  cluster,
  manifest: z
    .string()
    .refine((text) => text.length <= mostCharacters, `must have at most ${mostCharacters} characters`)
    .describe('YAML or JSON, without Secrets'),
  namespace: optionalWord('Where it says none'),
  force: z.boolean().default(false).describe("Take over others' fields"),
  protected: isProtected,
})
type Input = z.output<typeof input>

const output = tableOf(
  z.object({
    id: z.string(),
    kind: z.string(),
    namespace: z.string().optional(),
    name: z.string(),
    outcome: z.enum(['created', 'changed', 'unchanged']),
    outcomeTone: z.enum(['good', 'busy', 'neutral']),
    version: z.string().optional(),
  }),
)
const columns: Column[] = [
  { key: 'kind', label: 'Kind', type: 'text' },
  { key: 'namespace', label: 'Namespace', type: 'text' },
  { key: 'name', label: 'Name', type: 'text' },
  { key: 'outcome', label: 'Outcome', type: 'state' },
  { key: 'version', label: 'Version', type: 'code' },
]
type Row = z.output<typeof output>['rows'][number]

const clientOf = (asked: Input, ctx: Ctx) => {
  const [name] = ctx.scope([asked.cluster])
  return { cluster: name!, client: ctx.clients.kubernetes.for(name!) }
}

async function plan(asked: Input, ctx: Ctx): Promise<Plan> {
  const manifests = readManifests(asked.manifest)
  const { cluster, client } = clientOf(asked, ctx)
  const { force, namespace, protected: allowed } = asked
  const tried = await tryManifests(manifests, { client, namespace, force, allowed, signal: ctx.signal })
  const moved = tried.filter(({ outcome }) => outcome !== 'unchanged')
  if (moved.length === 0)
    throw refuse(
      `Nothing would change: ${counted(tried.length, 'object')} on ${cluster} ${tried.length === 1 ? 'is' : 'are'} as the manifest says.`,
      {
        cluster,
        next: 'Nothing is to be done.',
      },
    )
  const count = (wanted: string) => tried.filter(({ outcome }) => outcome === wanted).length
  const gpus = tried.reduce(
    (sum, { kind, after }) => sum + (kind.group === 'apps' ? gpusEach(after) * wantedPods(kind, after) : 0),
    0,
  )
  const fresh = moved.filter(({ before }) => !before).map(({ title }) => title)
  return {
    summary: `Apply ${counted(tried.length, 'object')} to ${cluster}: ${count('created')} created, ${count('changed')} changed, ${count('unchanged')} unchanged`,
    verb: `Apply to ${cluster}`,
    cluster,
    steps: tried.map(({ title, outcome }) => ({
      verb: { created: 'Create', changed: 'Change', unchanged: 'Leave' }[outcome],
      target: title,
    })),
    diff: moved
      .map(({ before, after, title }) => manifestDiff(before, after, { redact: ctx.redact, name: title }))
      .join('\n'),
    checks: applyChecks(tried, force),
    impact: [
      { label: 'Objects', value: String(moved.length) },
      ...(gpus > 0 ? [{ label: 'GPUs asked for', value: String(gpus) }] : []),
      ...(force ? [{ label: 'Force', value: 'fields of other managers are taken over', tone: 'warn' as const }] : []),
    ],
    rollback:
      fresh.length > 0
        ? `Delete ${some(fresh, 3)}; apply the earlier manifest of what was changed`
        : 'Apply the earlier manifest again',
    guard: applyGuard(tried),
  }
}

/** One after the other, so that what came before the failure is known. */
async function applyAll(asked: Input, ctx: Ctx): Promise<Row[]> {
  const { cluster, client } = clientOf(asked, ctx)
  const rows: Row[] = []
  const { signal } = ctx
  for (const manifest of inOrder(readManifests(asked.manifest))) {
    try {
      const kind = await kindOfManifest(client, manifest, signal)
      const object = placed(manifest, kind, asked.namespace)
      await checkProtected({ client, kind, object, deleting: false, allowed: asked.protected, signal })
      const { name, namespace } = object.metadata
      const before = await orAbsent(client.get(kind, { name, signal, ...(namespace && { namespace }) }))
      const after = await client.apply(kind, object, { force: asked.force, signal })
      const same = before?.metadata.resourceVersion === after.metadata.resourceVersion
      const outcome = !before ? 'created' : same ? 'unchanged' : 'changed'
      rows.push({
        id: titleOf(kind, object),
        kind: kind.kind,
        name,
        outcome,
        outcomeTone: ({ created: 'good', changed: 'busy', unchanged: 'neutral' } as const)[outcome],
        ...(namespace && { namespace }),
        ...(after.metadata.resourceVersion && { version: after.metadata.resourceVersion }),
      })
    } catch (error) {
      throw rows.length > 0
        ? half(error, { rows, title: `${manifest.kind} ${manifest.metadata.name}`, cluster })
        : error
    }
  }
  return rows
}

function half(error: unknown, { rows, title, cluster }: { rows: Row[]; title: string; cluster: string }): unknown {
  if (!isToolError(error)) return error
  const done = rows.filter(({ outcome }) => outcome !== 'unchanged').map(({ id }) => id)
  return new ToolError(
    error.code,
    `${title}: ${error.message} Before it, ${done.length > 0 ? some(done, 20) : 'nothing'} was applied.`,
    {
      ...error.options,
      cluster,
      changed: done.length > 0 ? 'something' : 'nothing',
      cause: error,
    },
  )
}

export const applyManifest = defineTool({
  name: 'apply_manifest',
  title: 'Apply a manifest',
  about:
    'Server-side apply of one or several objects. The plan shows diff and field conflicts; a person approves. Values of Secrets are refused.',
  risk: 'change',
  afterCrash: 'rerun',
  card: 'table',
  needs: ['fleet', 'kubernetes'],
  input,
  output,
  examples: [
    {
      cluster: 'gpu-east',
      namespace: 'shop',
      manifest: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  level: info\n',
    },
  ],
  route: { method: 'POST', path: '/clusters/{cluster}/manifests' },
  access: changeableKinds(['get', 'create', 'patch']),
  timeoutMs: 60_000,
  text: ({ title, rows }) =>
    lines(
      title,
      tsv(
        ['object', 'outcome', 'version'],
        rows.map(({ id, outcome, version }) => [id, outcome, version]),
      ),
    ),
  plan,
  async run(asked, ctx) {
    const rows = await applyAll(asked, ctx)
    const [cluster] = ctx.scope([asked.cluster])
    const count = (wanted: string) => String(rows.filter(({ outcome }) => outcome === wanted).length)
    return {
      data: {
        title: `Applied to ${cluster}`,
        columns,
        rows,
        facts: [
          { label: 'created', value: count('created') },
          { label: 'changed', value: count('changed') },
          { label: 'unchanged', value: count('unchanged') },
        ],
      },
      next: rows
        .slice(0, 2)
        .map(({ kind, name, namespace }) => `get_resource ${JSON.stringify({ cluster, kind, name, namespace })}`),
    }
  },
})
