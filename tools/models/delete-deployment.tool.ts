import * as z from 'zod'
import { cards, formatMoney, isToolError, type Plan } from '#contract'
import { type Access, defineTool, type Planning } from '#define'
import { cluster, optionalWord, word } from '../arguments.ts'
import { type KubeObject, type KubernetesCluster, podKind, type ResourceKind } from '../clients/kubernetes/types.ts'
import { kindOfManifest, ownedKinds } from '../kubernetes/service.ts'
import { manifestDiff, orAbsent } from '../manifest.ts'
import { counted } from '../table.ts'
import { shared } from './change/access.ts'
import { ledElsewhere, leftOver, manifestsOf } from './change/carry.ts'
import { type RevisionRow, revisionsOf } from './change/claim.ts'
import { inFlight } from './change/in-flight.ts'
import { keptKinds, keptNames, listNames } from './change/kept.ts'
import { isMarked } from './change/ours.ts'
import { dryRunPassed, gpusOf, keeperCheck, replicasOf, unreadCheck, workersOf } from './change/parts.ts'
import { recordChange } from './change/revisions.ts'
import { roomFor } from './change/room.ts'
import { type ChangeContext, findDeployment, refuse, type Target } from './change/target.ts'
import { progressText } from './change/text.ts'
import { runtimeIds } from './config.ts'
import { progressCard } from './follow/progress.ts'
import { runtimes } from './runtimes/index.ts'
import { subjectOf } from './service.ts'

const input = z.strictObject({
  cluster,
  name: word.describe('Deployment'),
  namespace: optionalWord('Default: by name'),
  uid: optionalWord('Only this one'),
  runtime: z.enum(runtimeIds).optional().describe('Only of this runtime'),
})
type Input = z.output<typeof input>
type Ctx = ChangeContext & { clients: { prometheus?: Parameters<typeof inFlight>[0]['prometheus'] } }

interface Part {
  kind: ResourceKind
  object: KubeObject
  why: string
}

/** What goes beside the object itself: what we made for it, and what its runtime keeps of the same deployment. */
async function partsOf(target: Target, latest: RevisionRow | undefined, signal: AbortSignal): Promise<Part[]> {
  const { client, kind, object } = target
  const companions = (await target.runtime.change?.companions?.({ client, kind, object, signal })) ?? []
  const manifests = leftOver(manifestsOf(latest), [object]).filter((one) => !keptKinds.includes(one.kind!))
  const made = await Promise.all(manifests.map((one) => liveOf(client, one, signal)))
  return [
    ...companions.map((one) => ({ ...one, why: 'it asked for this deployment' })),
    ...made.filter((one) => one !== undefined),
  ]
}

async function liveOf(client: KubernetesCluster, object: KubeObject, signal: AbortSignal): Promise<Part | undefined> {
  const { name, namespace } = object.metadata
  try {
    const kind = await kindOfManifest(client, object as never, signal)
    const live = await orAbsent(client.get(kind, { name, signal, ...(namespace && { namespace }) }))
    return live && isMarked(live) ? { kind, object: live, why: 'made with it' } : undefined
  } catch (error) {
    // The cluster serves the kind no more: then there is none
    if (isToolError(error) && error.code === 'not-found') return undefined
    throw error
  }
}

const deletion = ({ metadata: { name, namespace, uid } }: KubeObject) => ({
  ...{ name, propagation: 'Background' as const },
  ...(namespace && { namespace }),
  ...(uid !== undefined && { uid }),
})

const titleOf = ({ kind, object }: Part) => `${kind.kind} ${object.metadata.name}`

async function plan(asked: Input, ctx: Ctx): Promise<Planning<Input>> {
  const target = await findDeployment(asked, ctx)
  const { client, kind, object, deployment, cluster, title } = target
  const { uid } = object.metadata
  checkMeant(asked, target)
  const { signal } = ctx
  const { namespace, name } = deployment
  const [latest] = await revisionsOf(ctx, { cluster, namespace, name })
  const worker = workersOf(deployment)[0]
  const [parts, pods, room, led, requests] = await Promise.all([
    partsOf(target, latest, signal),
    client.list(podKind, { namespace, labelSelector: deployment.podSelector, signal }),
    worker && target.runtime.change ? roomFor(target, worker, ctx) : undefined,
    ledElsewhere(target, signal),
    inFlight({ prometheus: ctx.clients.prometheus, kubernetes: client, deployment, now: ctx.now(), signal }),
    client.delete(kind, { ...deletion(object), dryRun: true, signal }),
  ])
  const gpus = gpusOf(deployment)
  const price = room?.price
  return {
    summary: `Delete ${name} on ${cluster}: ${deployment.model ?? deployment.servedModelName ?? 'its model'} is served by it no more`,
    verb: `Delete ${name}`,
    cluster,
    steps: [
      ...parts.map((one) => ({ verb: 'Delete', target: titleOf(one), detail: one.why })),
      { verb: 'Delete', target: title, detail: `uid ${uid}` },
      {
        verb: 'Wait',
        target: `until ${counted(pods.items.length, 'pod')} ${pods.items.length === 1 ? 'is' : 'are'} gone`,
      },
    ],
    diff: manifestDiff(object, undefined, { redact: ctx.redact }),
    checks: [
      dryRunPassed,
      ...trafficChecks(target, requests),
      ...scalerChecks(led, parts),
      ...keeperCheck(target),
      ...keptChecks(pods.items),
    ],
    impact: [
      { label: 'Pods', value: String(pods.items.length) },
      { label: 'Replicas', value: `${replicasOf(deployment)} → 0` },
      { label: 'GPUs freed', value: `${gpus}${room?.gpuModel ? ` ${room.gpuModel}` : ''}` },
      ...(price && gpus > 0
        ? [{ label: 'Saved per hour', value: formatMoney({ ...price, amount: price.amount * gpus }) }]
        : []),
    ],
    rollback: latest
      ? 'Deploy it again with deploy_model: its revisions are kept'
      : 'Apply the manifest of the diff again',
    guard: {
      [title]: String(uid),
      'goes with it':
        parts
          .map((one) => `${titleOf(one)} ${one.object.metadata.uid}`)
          .sort()
          .join(', ') || 'nothing',
    },
    typedName: name,
    input: { ...asked, namespace, runtime: deployment.runtime, ...(uid !== undefined && { uid }) },
  }
}

/** @throws ToolError where another one has the name now, or it is going already */
function checkMeant(asked: Input, { object, cluster, title, deployment }: Target): void {
  const { uid, deletionTimestamp, finalizers } = object.metadata
  if (asked.uid !== undefined && asked.uid !== uid)
    throw refuse(`${title} on ${cluster} is another one now: its uid is ${uid}.`, {
      cluster,
      field: 'uid',
      next: 'Look at it with get_deployment and ask again.',
    })
  if (asked.runtime !== undefined && asked.runtime !== deployment.runtime)
    throw refuse(`${title} on ${cluster} is served by ${deployment.runtime}.`, {
      cluster,
      field: 'runtime',
      next: 'Leave runtime out.',
    })
  if (deletionTimestamp)
    throw refuse(`${title} on ${cluster} is being deleted since ${deletionTimestamp}.`, {
      cluster,
      next: finalizers?.length ? `It waits for its finalizers: ${listNames(finalizers)}.` : 'It will be gone soon.',
    })
}

function trafficChecks({ deployment }: Target, requests: number | undefined): Plan['checks'] {
  if (requests === undefined || requests === 0)
    return deployment.phase === 'running' && requests === undefined
      ? [{ label: 'Requests in flight', state: 'warn', detail: 'nobody measured them; it runs' }]
      : []
  return [{ label: `${counted(requests, 'request')} in flight`, state: 'warn', detail: 'they break off' }]
}

function scalerChecks(led: Awaited<ReturnType<typeof ledElsewhere>>, parts: readonly Part[]): Plan['checks'] {
  const left = [...led.values()].filter(
    ({ autoscaler, object }) => autoscaler && !parts.some((one) => one.object.metadata.uid === object.metadata.uid),
  )
  return [
    ...left.map(({ title }) => ({
      label: `${title} stays`,
      state: 'warn' as const,
      detail: 'it scales nothing any more',
    })),
    ...unreadCheck([...led.values()].find(({ unread }) => unread !== undefined)?.unread),
  ]
}

const keptChecks = (pods: readonly KubeObject[]): Plan['checks'] => {
  const names = keptNames(pods)
  return names.length > 0 ? [{ label: 'Stays', state: 'pass', detail: listNames(names) }] : []
}

/** Gone, or another one has its name: either way the one that was meant is no more. */
async function deleteOnce(client: KubernetesCluster, { kind, object }: Pick<Part, 'kind' | 'object'>): Promise<void> {
  try {
    await client.delete(kind, deletion(object))
  } catch (error) {
    if (!isToolError(error) || (error.code !== 'not-found' && error.code !== 'conflict')) throw error
  }
}

/** The deployment, where it is still the one that was meant. */
async function stillThere(asked: Input, ctx: Ctx): Promise<Target | undefined> {
  try {
    const target = await findDeployment(asked, ctx)
    return asked.uid === undefined || target.object.metadata.uid === asked.uid ? target : undefined
  } catch (error) {
    if (isToolError(error) && error.code === 'not-found' && asked.uid !== undefined) return undefined
    throw error
  }
}

export const deleteDeployment = defineTool({
  name: 'delete_deployment',
  title: 'Delete a model deployment',
  about:
    'Delete a served model with what was made for it, bound to its uid, followed until its pods are gone. Volumes and secrets stay.',
  risk: 'danger',
  afterCrash: 'rerun',
  card: 'progress',
  needs: ['fleet', 'kubernetes', 'serving'],
  uses: ['prices', 'prometheus'],
  input,
  output: cards.progress.payload,
  examples: [{ cluster: 'gpu-east', name: 'qwen3-8b' }],
  route: { method: 'DELETE', path: '/deployments/{cluster}/{name}' },
  access: [
    ...shared,
    ...[...runtimes.flatMap(({ root, alsoReads = [] }) => [root, ...alsoReads])].map(
      ({ group, resource }): Access => ({ verbs: ['get', 'list', 'delete'], group, resource }),
    ),
    { verbs: ['list', 'delete'], group: 'nvidia.com', resource: 'dynamographdeploymentrequests' },
    { verbs: ['get', 'delete'], group: '', resource: 'services' },
    { verbs: ['get', 'delete'], group: '', resource: 'configmaps' },
    { verbs: ['get', 'list', 'delete'], group: 'autoscaling', resource: 'horizontalpodautoscalers' },
    ...ownedKinds.map(({ group, resource }): Access => ({ verbs: ['list'], group, resource })),
  ],
  text: progressText,
  plan,
  async run(asked, ctx) {
    const [cluster] = ctx.scope([asked.cluster])
    const target = await stillThere(asked, ctx)
    const namespace = target?.deployment.namespace ?? asked.namespace ?? ''
    const place = { cluster: cluster!, namespace, name: asked.name }
    const [latest] = await revisionsOf(ctx, place)
    if (target) {
      const { client, kind, object } = target
      // The deployment itself comes last: a second run after a crash still finds what goes with it
      for (const part of await partsOf(target, latest, ctx.signal)) await deleteOnce(client, part)
      await deleteOnce(client, { kind, object })
    }
    const { model } = (latest?.config ?? {}) as { model?: string }
    const deployment = target?.deployment
    const row = await recordChange(ctx, {
      ...{ ...place, action: 'delete', replicas: 0, gpus: 0, change: 'deleted' },
      runtime: deployment?.runtime ?? asked.runtime ?? latest?.runtime ?? 'dynamo',
      model: deployment?.model ?? deployment?.servedModelName ?? model ?? asked.name,
      engine: deployment?.engine,
      mode: deployment?.mode,
      root: { metadata: { name: asked.name, ...(asked.uid !== undefined && { uid: asked.uid }) } },
    })
    return { data: progressCard(row), subject: subjectOf(cluster!, namespace, asked.name) }
  },
})
