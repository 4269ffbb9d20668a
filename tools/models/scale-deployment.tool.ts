import * as z from 'zod'
import { cards, formatMoney, type Plan } from '#contract'
import { defineTool, type Planning } from '#define'
import { cluster, optionalWord, wholeNumber, word } from '../arguments.ts'
import type { KubeObject } from '../clients/kubernetes/types.ts'
import { manifestDiff } from '../manifest.ts'
import { counted } from '../table.ts'
import { changeAccess } from './change/access.ts'
import { doRevision } from './change/carry.ts'
import { carryOut, claimRevision, type Draft, type RevisionRow, revisionsOf } from './change/claim.ts'
import { foundOf, isRecent, ours } from './change/ours.ts'
import { componentOf, dryRunPassed, gpusOf, guardOf, keeperCheck, replicasOf, unreadCheck } from './change/parts.ts'
import { unbound, withValue } from './change/paths.ts'
import { recorded } from './change/recorded.ts'
import { type Room, roomCheck, roomFor } from './change/room.ts'
import { boundsFor, patchOf, type ScalingOwner, scalingOwner } from './change/scaling.ts'
import { type ChangeContext, changeOf, findDeployment, readTarget, refuse, type Target } from './change/target.ts'
import { progressText } from './change/text.ts'
import type { ServedComponent } from './runtimes/types.ts'

const input = z.strictObject({
  cluster,
  name: word.describe('Deployment'),
  namespace: optionalWord('Default: by name'),
  replicas: wholeNumber(0, 1000).describe('Wanted'),
  component: optionalWord('prefill, decode or a name'),
})
type Input = z.output<typeof input>

interface Wanted {
  target: Target
  component: ServedComponent
  owner: ScalingOwner
  bounds: { min: number; max: number }
}

async function look(asked: Input, ctx: ChangeContext): Promise<Wanted> {
  return wantedOf(await findDeployment(asked, ctx), asked, ctx)
}

async function wantedOf(target: Target, asked: Input, ctx: ChangeContext): Promise<Wanted> {
  const component = componentOf(target.deployment, asked.component)
  const owner = await scalingOwner(target, component, ctx.signal)
  return { target, component, owner, bounds: boundsFor(owner, asked.replicas) }
}

const isDone = ({ owner, bounds }: Wanted, replicas: number): boolean =>
  owner.replicas === replicas && (!owner.bounds || (owner.bounds.min === bounds.min && owner.bounds.max === bounds.max))

/** @throws ToolError where it cannot be done, before a person is asked */
function check({ target, owner, component }: Wanted, { replicas }: Input, ctx: ChangeContext): void {
  const { cluster, deployment } = target
  const { maxReplicas } = ctx.clients.serving
  if (replicas > maxReplicas)
    throw refuse(`A deployment has at most ${maxReplicas} replicas here.`, {
      cluster,
      field: 'replicas',
      next: `Use 0 to ${maxReplicas}, or raise serving.maxReplicas in the configuration.`,
    })
  if (owner.refusal) throw refuse(owner.refusal.message, { cluster, next: owner.refusal.next })
  if (deployment.phase === 'terminating')
    throw refuse(`${target.title} on ${cluster} is being deleted.`, { cluster, next: 'Deploy it anew: deploy_model.' })
  if (owner.replicas === replicas)
    throw refuse(`${component.name} of ${deployment.name} on ${cluster} has ${counted(replicas, 'replica')} already.`, {
      cluster,
      field: 'replicas',
      next: 'Nothing is to be done.',
    })
}

function checkRoom({ target, component, owner, bounds }: Wanted, room: Room): Plan['checks'] {
  const more = bounds.min - owner.replicas
  if (more <= 0 || component.gpusPerReplica === 0) return []
  if (room.workers >= more) return [roomCheck(room, { more, gpus: component.gpusPerReplica })]
  const { cluster, deployment } = target
  const most = owner.replicas + room.workers
  throw refuse(
    `${cluster} has room for ${room.workers} of ${counted(more, 'more worker')} with ${counted(component.gpusPerReplica, 'GPU')} each (${room.freeGpus} ${room.freeModel ?? 'GPUs'} free in all)`,
    {
      cluster,
      field: 'replicas',
      next:
        room.workers > 0
          ? `Use at most ${most} replicas.`
          : `Free GPUs of ${cluster} first, or deploy ${deployment.name} on another cluster: list_nodes {"minFreeGpus":${component.gpusPerReplica}}`,
    },
  )
}

function ownerChecks({ owner, bounds }: Wanted): Plan['checks'] {
  const { autoscaler, note } = owner
  return [
    ...(owner.bounds && bounds.max > 0
      ? [
          {
            label: `${autoscaler ?? 'Its own autoscaling'} sets the replicas by load (${owner.bounds.min}–${owner.bounds.max})`,
            state: 'warn' as const,
            detail: `its bounds become ${bounds.min}–${bounds.max}: it stays in charge`,
          },
        ]
      : []),
    ...(note ? [{ label: autoscaler ?? 'Autoscaler', state: 'warn' as const, detail: note }] : []),
  ]
}

/** A model without workers is not in the list of models any more (engines: Dynamo, vLLM). */
const vanishes = ({ component }: Wanted, { replicas }: Input): Plan['checks'] =>
  replicas > 0
    ? []
    : [
        {
          label: 'The model is served no more',
          state: 'warn',
          detail: `without ${component.role === 'prefill' ? 'prefill workers' : 'workers'} it vanishes from /v1/models and requests get 404 until it is scaled up`,
        },
      ]

async function plan(asked: Input, ctx: ChangeContext): Promise<Planning<Input>> {
  const wanted = await look(asked, ctx)
  check(wanted, asked, ctx)
  const { target, component, owner, bounds } = wanted
  const { client, deployment, cluster, object, title } = target
  const place = { cluster, namespace: deployment.namespace, name: deployment.name }
  const [planned, room, [latest]] = await Promise.all([
    client.patch(owner.kind, { ...unbound(patchOf(owner, bounds)), dryRun: true, signal: ctx.signal }),
    roomFor(target, component, ctx),
    revisionsOf(ctx, place),
  ])
  const { replicas } = asked
  const more = replicas - owner.replicas
  const each = component.gpusPerReplica
  const { price } = room
  const gpus = gpusOf(deployment)
  const amount = price && price.amount * each * more
  return {
    summary: `Scale ${deployment.name} on ${cluster} from ${owner.replicas} to ${counted(replicas, 'replica')} (${component.name})`,
    verb: `Scale ${deployment.name} to ${replicas}`,
    cluster,
    steps: [
      {
        verb: 'Set',
        target: owner.title,
        detail:
          owner.bounds && bounds.max > 0
            ? `between ${owner.bounds.min} and ${owner.bounds.max} → between ${bounds.min} and ${bounds.max}`
            : `${owner.replicas} → ${counted(replicas, 'replica')}`,
      },
      { verb: more > 0 ? 'Start' : 'Stop', target: counted(Math.abs(more), 'worker') },
    ],
    diff: manifestDiff(owner.object, planned, { redact: ctx.redact }),
    checks: [
      dryRunPassed,
      ...ownerChecks(wanted),
      ...unreadCheck(owner.unread),
      ...checkRoom(wanted, room),
      ...vanishes(wanted, asked),
      ...keeperCheck(target),
    ],
    impact: [
      { label: 'Replicas', value: `${owner.replicas} → ${replicas}` },
      ...(each > 0 ? [{ label: 'GPUs', value: `${gpus} → ${gpus + more * each}` }] : []),
      ...(room.gpuModel ? [{ label: 'GPU model', value: room.gpuModel }] : []),
      ...(price && amount !== undefined
        ? [
            {
              label: amount >= 0 ? 'More per hour' : 'Saved per hour',
              value: formatMoney({ ...price, amount: Math.abs(amount) }),
            },
          ]
        : []),
    ],
    ...(price && { costPerHour: { ...price, amount: price.amount * (gpus + more * each) } }),
    rollback: `Scale ${deployment.name} to ${owner.replicas} again`,
    guard: {
      [title]: guardOf(object),
      ...(owner.object.metadata.uid !== object.metadata.uid && { [owner.title]: `${owner.object.metadata.uid}` }),
      replicas: `${owner.object.metadata.name} ${owner.replicas}${owner.bounds ? ` of ${owner.bounds.min}–${owner.bounds.max}` : ''}`,
      revision: latest ? String(latest.revision) : 'none',
    },
    input: { ...asked, namespace: deployment.namespace, component: component.name },
  }
}

/** The next revision: our configuration with another number, or the object of somebody else with it. */
function draft(wanted: Wanted, { replicas }: Input, latest: RevisionRow | undefined): Draft {
  const { target, component, owner, bounds } = wanted
  const change = `${component.name} ${owner.replicas} → ${counted(replicas, 'replica')}`
  const config = ours(target, latest)
  if (config) {
    const next = {
      ...config,
      ...(component.role === 'prefill' ? { prefillReplicas: replicas } : { replicas }),
      // Else a new number of decode workers would become one of prefill workers too
      ...(component.role === 'decode' && { prefillReplicas: config.prefillReplicas ?? config.replicas }),
      ...(config.autoscaling &&
        owner.bounds &&
        bounds.max > 0 && {
          autoscaling: { minReplicas: bounds.min, maxReplicas: bounds.max },
        }),
    }
    return { action: 'scale', config: next, manifests: target.runtime.manifests(next, target.kind.version), change }
  }
  return { action: 'scale', manifests: [scaled(wanted, replicas)], change }
}

function scaled({ target, component, owner }: Wanted, replicas: number): KubeObject {
  const { object } = target
  const path = changeOf(target)
    .workers(object)
    .find((one) => one.component === component.name)?.replicas
  return path && owner.object.metadata.uid === object.metadata.uid ? withValue(object, path, replicas) : object
}

export const scaleDeployment = defineTool({
  name: 'scale_deployment',
  title: 'Scale a model deployment',
  about:
    'Set the replicas of a served model through whatever owns them: scaling adapter, HPA, KEDA, its runtime. A person approves room, cost and diff.',
  risk: 'change',
  afterCrash: 'rerun',
  undo: (asked, { guard }) => {
    const before = / (\d+)(?: of \d+–\d+)?$/.exec(guard.replicas ?? '')?.[1]
    return before === undefined
      ? undefined
      : { tool: 'scale_deployment', input: { ...asked, replicas: Number(before) } }
  },
  card: 'progress',
  needs: ['fleet', 'kubernetes', 'serving'],
  uses: ['prices'],
  input,
  output: cards.progress.payload,
  examples: [{ cluster: 'gpu-east', name: 'qwen3-8b', replicas: 3 }],
  route: { method: 'PUT', path: '/deployments/{cluster}/{name}/replicas' },
  access: changeAccess,
  text: progressText,
  plan,
  async run(asked, ctx) {
    const first = await look(asked, ctx)
    const { target } = first
    const { cluster, deployment, client, runtime, kind } = target
    const { namespace, name } = deployment
    const place = { cluster, namespace, name }
    const claimed = await claimRevision(ctx, {
      ...place,
      runtime: deployment.runtime,
      found: (latest) => foundOf(target, latest, ctx.now()),
      make: (latest) => draft(first, asked, latest),
    })
    // A change just before this one may still be on its way to the cluster, and gives way to this later one: so this one brings it
    if (claimed.row.config && claimed.before && isRecent(claimed.before, ctx.now()))
      await doRevision(ctx, claimed, { target })
    const done = await carryOut(ctx, claimed, {
      look: async () =>
        wantedOf(await readTarget({ cluster, client, runtime, kind, name, namespace, signal: ctx.signal }), asked, ctx),
      async write(wanted) {
        if (!isDone(wanted, asked.replicas)) await client.patch(wanted.owner.kind, patchOf(wanted.owner, wanted.bounds))
        return wanted
      },
    })
    const { components } = (done ?? first).target.deployment
    const after = components.map((one) =>
      one.name === first.component.name ? { ...one, replicas: asked.replicas } : one,
    )
    return recorded(ctx, {
      ...{ target, claimed, action: 'scale' },
      replicas: replicasOf({ components: after }),
      gpus: gpusOf({ components: after }),
    })
  },
})
