import * as z from 'zod'
import { cards, isToolError, type Plan } from '#contract'
import { type Access, defineTool } from '#define'
import { manifestDiff } from '../manifest.ts'
import { counted } from '../table.ts'
import { cluster, inNamespace, isProtected, name, optionalWord, wholeNumber } from './change/arguments.ts'
import { changeCard, follow, subjectOfChange } from './change/followed.ts'
import { progressText } from './change/progress-text.ts'
import {
  autoscalerOf,
  gpusEach,
  orUnknown,
  ownerCheck,
  roomCheck,
  servicesFor,
  templateOf,
} from './change/surroundings.ts'
import { type Ctx, dryRunPassed, findTarget, guardOf, refuse, some, type Target } from './change/target.ts'

const input = z.strictObject({
  cluster,
  kind: optionalWord('deployment, statefulset, any with replicas').default('deployment'),
  name,
  namespace: inNamespace,
  replicas: wholeNumber(0, 10_000).describe('Wanted'),
  protected: isProtected,
})
type Input = z.output<typeof input>

const scalable = ['deployments', 'statefulsets', 'replicasets']
export const scaleAccess: readonly Access[] = [
  ...scalable.map((resource): Access => ({ verbs: ['get', 'list'], group: 'apps', resource })),
  ...scalable.map((resource): Access => ({ verbs: ['get', 'patch'], group: 'apps', resource: `${resource}/scale` })),
  { verbs: ['list'], group: '', resource: 'pods' },
  { verbs: ['list'], group: '', resource: 'nodes' },
  { verbs: ['list'], group: '', resource: 'services' },
  { verbs: ['list'], group: 'autoscaling', resource: 'horizontalpodautoscalers' },
]

async function scaleOf({ client, kind, object, cluster }: Target, ctx: Ctx) {
  const { name, namespace } = object.metadata
  const ref = { name, subresource: 'scale' as const, signal: ctx.signal, ...(namespace && { namespace }) }
  try {
    return { ref, scale: await client.subresource(kind, ref) }
  } catch (error) {
    if (!isToolError(error) || error.code !== 'not-found') throw error
    throw refuse(`A ${kind.kind} has no replicas to set.`, {
      cluster,
      field: 'kind',
      next: 'Scale a Deployment, a StatefulSet or another kind with a scale subresource.',
    })
  }
}

async function plan(asked: Input, ctx: Ctx): Promise<Plan> {
  const target = await findTarget(asked, ctx)
  const { client, kind, object, title, cluster } = target
  const { replicas } = asked
  const { ref, scale } = await scaleOf(target, ctx)
  const now = Number(scale.spec?.replicas ?? 0)
  const { signal } = ctx
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller)
  if (kind.resource === 'replicasets' && owner?.kind === 'Deployment')
    throw refuse(`${title} belongs to Deployment ${owner.name}, which sets its replicas.`, {
      cluster,
      field: 'name',
      next: `Scale the Deployment ${owner.name}.`,
    })
  if (now === replicas)
    throw refuse(`${title} on ${cluster} has ${replicas} replicas already.`, {
      cluster,
      field: 'replicas',
      next: 'Nothing is to be done.',
    })
  const labels = templateOf(object).metadata?.labels ?? {}
  const { namespace } = object.metadata
  const [planned, scaler, room, services] = await Promise.all([
    client.patch(kind, { ...ref, body: { spec: { replicas } }, dryRun: true }),
    orUnknown('Autoscaler', autoscalerOf(client, object, { kind, signal })),
    orUnknown('Room on the nodes', roomCheck(client, object, { more: replicas - now, signal })),
    orUnknown('Services', servicesFor(client, { namespace, labels }, signal)),
  ])
  const gpus = gpusEach(object)
  const served = services.value ?? []
  return {
    summary: `Scale ${title} on ${cluster} from ${now} to ${counted(replicas, 'replica')}`,
    verb: `Scale ${target.name} to ${replicas}`,
    cluster,
    steps: [
      { verb: 'Set', target: title, detail: `${now} → ${counted(replicas, 'replica')}` },
      { verb: replicas > now ? 'Start' : 'Stop', target: counted(Math.abs(replicas - now), 'pod') },
    ],
    diff: manifestDiff(scale, planned, { redact: ctx.redact }),
    checks: [
      dryRunPassed,
      ...target.checks,
      ...scalerChecks(scaler.value, replicas),
      ...(replicas === 0 && served.length > 0
        ? [{ label: 'Traffic', state: 'warn' as const, detail: `Service ${some(served)} will have nobody to answer` }]
        : []),
      ...[scaler.unknown, room.unknown, services.unknown, room.value, ownerCheck(object, 'set it back')].filter(
        (one) => one !== undefined,
      ),
    ],
    impact: [
      { label: 'Replicas', value: `${now} → ${replicas}` },
      ...(gpus > 0 ? [{ label: 'GPUs', value: `${now * gpus} → ${replicas * gpus}` }] : []),
      ...(served.length > 0 ? [{ label: 'Services', value: some(served) }] : []),
    ],
    rollback: `Scale ${target.name} to ${now} again`,
    guard: {
      [title]: guardOf(object),
      replicas: String(now),
      autoscaler: scaler.value ? `${scaler.value.name} ${scaler.value.min}–${scaler.value.max}` : 'none',
    },
  }
}

function scalerChecks(scaler: Awaited<ReturnType<typeof autoscalerOf>>, replicas: number): Plan['checks'] {
  if (!scaler) return []
  const { name, min, max, keda } = scaler
  const who = keda ? `KEDA ScaledObject ${keda}` : `HPA ${name}`
  const label = `${who} sets the replicas (${min}–${max})`
  if (replicas === 0)
    return [{ label, state: 'warn', detail: 'with 0 replicas it rests until somebody scales up again' }]
  const detail =
    replicas < min || replicas > max ? 'it will set them back at once' : 'it may set them otherwise by the load'
  return [{ label, state: 'warn', detail }]
}

/** Any workload with a scale subresource, followed until it has as many ready pods. */
export const scaleWorkload = defineTool({
  name: 'scale_workload',
  title: 'Scale a workload',
  about: 'Set replicas of a Deployment, StatefulSet or any kind with scale; a person approves. Models: deploy_model.',
  risk: 'change',
  afterCrash: 'rerun',
  undo: (asked, { guard }) =>
    /^\d+$/.test(guard.replicas ?? '')
      ? { tool: 'scale_workload', input: { ...asked, replicas: Number(guard.replicas) } }
      : undefined,
  card: 'progress',
  needs: ['fleet', 'kubernetes'],
  input,
  output: cards.progress.payload,
  examples: [{ cluster: 'gpu-east', name: 'web', namespace: 'shop', replicas: 3 }],
  access: scaleAccess,
  text: progressText,
  plan,
  async run(asked, ctx) {
    const target = await findTarget(asked, ctx)
    const { client, kind, object, cluster, title } = target
    const { ref } = await scaleOf(target, ctx)
    await client.patch(kind, { ...ref, body: { spec: { replicas: asked.replicas } } })
    const row = await follow(
      {
        ...{ cluster, kind, object },
        action: 'scale',
        title: `Scale ${title} to ${asked.replicas}`,
        aim: { replicas: asked.replicas },
        minutes: 15,
      },
      ctx,
    )
    return { data: changeCard(row), subject: subjectOfChange(row.id) }
  },
})
