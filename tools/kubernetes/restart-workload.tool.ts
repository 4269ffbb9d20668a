import * as z from 'zod'
import { cards, type Plan } from '#contract'
import { defineTool } from '#define'
import { manifestDiff } from '../manifest.ts'
import { counted } from '../table.ts'
import { cluster, inNamespace, isProtected, name, optionalWord } from './change/arguments.ts'
import { changeCard, follow, subjectOfChange } from './change/followed.ts'
import { progressText } from './change/progress-text.ts'
import { gpusEach, orUnknown, ownerCheck, roomCheck, templateOf } from './change/surroundings.ts'
import { type Ctx, dryRunPassed, findTarget, guardOf, refuse, type Target } from './change/target.ts'
import { needRolling, readyNow, rollingAccess, strategyOf, wantedPods } from './change/workloads.ts'

const input = z.strictObject({
  cluster,
  kind: optionalWord('deployment, statefulset, daemonset').default('deployment'),
  name,
  namespace: inNamespace,
  protected: isProtected,
})
type Input = z.output<typeof input>

/** The annotation of kubectl, so that both tell when it was, and one of ours, so that a change cut off is not made twice. */
const whenKey = 'kubectl.kubernetes.io/restartedAt'
const whyKey = 'quartermaster/change'
const patchFor = ({ object }: Target, { at, by, signal }: { at: Date; by: string; signal: AbortSignal }) => {
  const { name, namespace } = object.metadata
  const annotations = { [whenKey]: at.toISOString(), [whyKey]: by }
  return { name, signal, ...(namespace && { namespace }), body: { spec: { template: { metadata: { annotations } } } } }
}

async function plan(asked: Input, ctx: Ctx): Promise<Plan> {
  const target = await findTarget(asked, ctx)
  needRolling(target)
  const { client, kind, object, title, cluster } = target
  const pods = wantedPods(kind, object)
  if (pods === 0)
    throw refuse(`${title} on ${cluster} has no pods to restart.`, {
      cluster,
      next: 'Scale it up first: scale_workload.',
    })
  const { words, warning, surge } = strategyOf(kind, object)
  const gpus = gpusEach(object)
  const { signal } = ctx
  const [planned, room] = await Promise.all([
    client.patch(kind, { ...patchFor(target, { at: ctx.now(), by: 'this-approval', signal }), dryRun: true }),
    orUnknown(
      'Room on the nodes',
      gpus > 0 ? roomCheck(client, object, { more: surge, signal }) : Promise.resolve(undefined),
    ),
  ])
  return {
    summary: `Restart ${title} on ${cluster}: ${counted(pods, 'pod')}, ${words}`,
    verb: `Restart ${target.name}`,
    cluster,
    steps: [
      { verb: 'Mark', target: `the pods of ${title} as to be replaced` },
      { verb: 'Replace', target: counted(pods, 'pod'), detail: words },
      { verb: 'Wait', target: 'until all are ready' },
    ],
    diff: manifestDiff(object, planned, { redact: ctx.redact }),
    checks: [
      dryRunPassed,
      ...target.checks,
      ...(warning ? [{ label: 'How pods are replaced', state: 'warn' as const, detail: warning }] : []),
      ...[room.value, room.unknown, ownerCheck(object, 'set it back')].filter((one) => one !== undefined),
    ],
    impact: [
      { label: 'Pods', value: String(pods) },
      readyNow(kind, object),
      ...(gpus > 0 ? [{ label: 'GPUs', value: String(pods * gpus) }] : []),
    ],
    rollback: 'A restart changes nothing that could be undone; a rollout that hangs is ended by rollback_workload',
    guard: { [title]: guardOf(object) },
  }
}

/** `kubectl rollout restart`, followed until every pod is a new one. */
export const restartWorkload = defineTool({
  name: 'restart_workload',
  title: 'Restart a workload',
  about:
    'Replace all pods of a Deployment, StatefulSet or DaemonSet, step by step; a person approves, then it is followed.',
  risk: 'change',
  afterCrash: 'rerun',
  card: 'progress',
  needs: ['fleet', 'kubernetes'],
  input,
  output: cards.progress.payload,
  examples: [{ cluster: 'gpu-east', name: 'web', namespace: 'shop' }],
  access: rollingAccess,
  text: progressText,
  plan,
  async run(asked, ctx) {
    const target = await findTarget(asked, ctx)
    needRolling(target)
    const { client, kind, object, cluster, title } = target
    const by = ctx.idempotencyKey
    if (templateOf(object).metadata?.annotations?.[whyKey] !== by)
      await client.patch(kind, patchFor(target, { at: ctx.now(), by, signal: ctx.signal }))
    const row = await follow({ cluster, kind, object, action: 'restart', title: `Restart ${title}`, minutes: 30 }, ctx)
    return { data: changeCard(row), subject: subjectOfChange(row.id) }
  },
})
