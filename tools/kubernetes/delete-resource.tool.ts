import * as z from 'zod'
import { cards, isToolError } from '#contract'
import { defineTool, type Planning } from '#define'
import { manifestDiff } from '../manifest.ts'
import { counted } from '../table.ts'
import { cluster, inNamespace, isProtected, name, optionalWord } from './change/arguments.ts'
import { changeableKinds } from './change/changeable-kinds.ts'
import { deletionChecks, neighboursOf, ownedKinds } from './change/dependents.ts'
import { changeCard, follow, subjectOfChange } from './change/followed.ts'
import { progressText } from './change/progress-text.ts'
import { isIndispensable } from './change/protect.ts'
import { type Ctx, dryRunPassed, findTarget, guardList, guardOf, refuse, some, type Target } from './change/target.ts'

const propagations = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' } as const
const input = z.strictObject({
  cluster,
  kind: z.string().describe('deploy, pvc, rayclusters.ray.io'),
  name,
  namespace: inNamespace,
  propagation: z.enum(['background', 'foreground', 'orphan']).default('background').describe('For what it owns'),
  protected: isProtected,
  uid: optionalWord('Only this one'),
})
type Input = z.output<typeof input>

async function find(asked: Input, ctx: Ctx): Promise<Target> {
  const target = await findTarget(asked, ctx, true)
  const { kind, name, cluster, title } = target
  if (isIndispensable({ kind, name }))
    throw refuse(`${title} on ${cluster} is never deleted from here.`, {
      cluster,
      field: 'name',
      next: 'The cluster itself needs it.',
    })
  return target
}

async function plan(asked: Input, ctx: Ctx): Promise<Planning<Input>> {
  const target = await find(asked, ctx)
  const { client, kind, object, title, cluster, name, namespace } = target
  const { uid } = object.metadata
  if (asked.uid !== undefined && asked.uid !== uid)
    throw refuse(`${title} on ${cluster} is another one now: its uid is ${uid}.`, {
      cluster,
      field: 'uid',
      next: 'Look at it with get_resource and ask again.',
    })
  if (object.metadata.deletionTimestamp)
    throw refuse(`${title} on ${cluster} is being deleted since ${object.metadata.deletionTimestamp}.`, {
      cluster,
      next: object.metadata.finalizers?.length
        ? `It waits for its finalizers: ${some(object.metadata.finalizers)}.`
        : 'It will be gone soon.',
    })
  const propagation = propagations[asked.propagation]
  const [neighbours] = await Promise.all([
    neighboursOf(client, target, ctx.signal),
    client.delete(kind, {
      ...{ name, propagation, signal: ctx.signal },
      dryRun: true,
      ...(namespace && { namespace }),
      ...(uid !== undefined && { uid }),
    }),
  ])
  const owned = [...neighbours.owned].flatMap(([one, list]) => list.map(({ metadata }) => `${one} ${metadata.name}`))
  const workloads = owned.filter((one) => !one.startsWith('Pod '))
  const secret = kind.group === '' && kind.resource === 'secrets'
  return {
    summary: `Delete ${title} on ${cluster}${owned.length > 0 && asked.propagation !== 'orphan' ? `, and ${counted(owned.length, 'object')} that ${owned.length === 1 ? 'belongs' : 'belong'} to it` : ''}`,
    verb: `Delete ${name}`,
    cluster,
    steps: [
      { verb: 'Delete', target: title, detail: `uid ${uid}` },
      ...(owned.length > 0
        ? [
            {
              verb: asked.propagation === 'orphan' ? 'Leave' : 'Collect',
              target: counted(owned.length, 'object'),
              detail: some(owned, 8),
            },
          ]
        : []),
    ],
    diff: manifestDiff(object, undefined, { redact: ctx.redact }),
    checks: [
      dryRunPassed,
      ...target.checks,
      ...deletionChecks(neighbours, { kind, object, propagation: asked.propagation }),
    ],
    impact: [
      { label: 'Objects', value: String(asked.propagation === 'orphan' ? 1 : 1 + owned.length) },
      { label: 'Pods', value: String(kind.resource === 'pods' ? 1 : (neighbours.owned.get('Pod')?.length ?? 0)) },
      ...(neighbours.services.length > 0 ? [{ label: 'Services', value: some(neighbours.services) }] : []),
    ],
    rollback: secret
      ? 'None: the values of a Secret are shown nowhere'
      : 'Apply the manifest of the diff again; data in volumes does not come back',
    guard: {
      [title]: guardOf(object),
      'goes with it': guardList(workloads),
      services: guardList(neighbours.services),
    },
    typedName: name,
    input: { ...asked, ...(uid !== undefined && { uid }), ...(namespace && { namespace }) },
  }
}

/** Gone, or another one has its name: either way the one that was meant is no more. */
const isOver = (error: unknown) => isToolError(error) && (error.code === 'not-found' || error.code === 'conflict')

export const deleteResource = defineTool({
  name: 'delete_resource',
  title: 'Delete an object',
  about: 'Delete exactly one object of any kind, bound to its uid. The plan says what goes with it and who used it.',
  risk: 'danger',
  afterCrash: 'rerun',
  card: 'progress',
  needs: ['fleet', 'kubernetes'],
  input,
  output: cards.progress.payload,
  examples: [{ cluster: 'gpu-east', kind: 'deployment', name: 'web', namespace: 'shop' }],
  route: { method: 'DELETE', path: '/clusters/{cluster}/resources' },
  access: [
    ...changeableKinds(['get', 'list', 'delete']),
    ...ownedKinds.map(({ group, resource }) => ({ verbs: ['list' as const], group, resource })),
  ],
  text: progressText,
  plan,
  async run(asked, ctx) {
    const [cluster] = ctx.scope([asked.cluster])
    const client = ctx.clients.kubernetes.for(cluster!)
    const kind = await client.resolveKind(asked.kind, ctx.signal)
    const { name, namespace, uid } = asked
    const where = { name, ...(namespace && kind.namespaced && { namespace }) }
    try {
      await client.delete(kind, {
        ...where,
        propagation: propagations[asked.propagation],
        signal: ctx.signal,
        ...(uid !== undefined && { uid }),
      })
    } catch (error) {
      if (!isOver(error)) throw error
    }
    const object = { metadata: { ...where, ...(uid !== undefined && { uid }) } }
    const title = `Delete ${kind.kind} ${namespace ? `${namespace}/` : ''}${name} on ${cluster}`
    const row = await follow({ cluster: cluster!, kind, object, action: 'delete', title, minutes: 30 }, ctx)
    return { data: changeCard(row), subject: subjectOfChange(row.id) }
  },
})
