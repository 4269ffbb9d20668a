import * as z from 'zod'
import { cards } from '#contract'
import { defineTool, type Planning } from '#define'
import { manifestDiff } from '../manifest.ts'
import { counted } from '../table.ts'
import { shortTime } from '../text.ts'
import { cluster, inNamespace, isProtected, name, optionalWord, wholeNumber } from './change/arguments.ts'
import { changeCard, follow, subjectOfChange } from './change/followed.ts'
import { progressText } from './change/progress-text.ts'
import { currentOf, findRevision, imagesOf, type Revision, revisionsOf } from './change/revisions.ts'
import { gpusEach, orUnknown, ownerCheck, roomCheck } from './change/surroundings.ts'
import { type Ctx, dryRunPassed, findTarget, guardOf, refuse, some, type Target } from './change/target.ts'
import { needRolling, readyNow, rollingAccess, strategyOf, wantedPods } from './change/workloads.ts'

const input = z.strictObject({
  cluster,
  kind: optionalWord('deployment, statefulset, daemonset').default('deployment'),
  name,
  namespace: inNamespace,
  revision: wholeNumber(1, 1_000_000_000).optional().describe('Default: previous'),
  protected: isProtected,
})
type Input = z.output<typeof input>

/** The whole template is replaced: what the newer version added must go too, which a merge would keep. */
function patchFor({ object }: Target, template: Record<string, unknown>, signal: AbortSignal) {
  const { name, namespace, generation } = object.metadata
  const body = [
    { op: 'test', path: '/metadata/generation', value: generation },
    { op: 'replace', path: '/spec/template', value: template },
  ]
  return { name, signal, type: 'json' as const, body, ...(namespace && { namespace }) }
}

function chosen(asked: Input, { target, revisions }: { target: Target; revisions: Revision[] }): Revision {
  const { cluster, title, object } = target
  const current = currentOf(revisions, object)
  const others = revisions.filter((one) => one !== current)
  const known = others.map(({ number }) => String(number))
  const found = asked.revision === undefined ? others[0] : findRevision(revisions, asked.revision)
  if (!found)
    throw refuse(
      asked.revision === undefined
        ? `${title} on ${cluster} has no earlier version: the cluster keeps none.`
        : `${title} on ${cluster} has no revision ${asked.revision}.`,
      {
        cluster,
        field: 'revision',
        next: known.length > 0 ? `Kept are ${known.join(', ')}.` : 'Apply the manifest you want: apply_manifest.',
      },
    )
  return found
}

const describe = ({ number, at, template, cause }: Revision): string =>
  `${number}: ${shortTime(at)} ${imagesOf(template)}${cause ? `, ${cause}` : ''}`

async function plan(asked: Input, ctx: Ctx): Promise<Planning<Input>> {
  const target = await findTarget(asked, ctx)
  needRolling(target)
  const { client, kind, object, title, cluster } = target
  const { signal } = ctx
  const revisions = await revisionsOf(client, target, signal)
  const revision = chosen(asked, { target, revisions })
  const current = currentOf(revisions, object)
  if (revision === current)
    throw refuse(`${title} on ${cluster} is at revision ${revision.number} already.`, {
      cluster,
      field: 'revision',
      next: `Others kept: ${some(revisions.filter((one) => one !== current).map(({ number }) => String(number))) || 'none'}.`,
    })
  const { words, warning, surge } = strategyOf(kind, object)
  const planned = await client.patch(kind, { ...patchFor(target, revision.template, signal), dryRun: true })
  const room = await orUnknown(
    'Room on the nodes',
    gpusEach(planned) > 0 ? roomCheck(client, planned, { more: surge, signal }) : Promise.resolve(undefined),
  )
  const pods = wantedPods(kind, object)
  const from = current ? ` from revision ${current.number}` : ''
  return {
    summary: `Roll ${title} on ${cluster} back${from} to revision ${revision.number} (${imagesOf(revision.template)})`,
    verb: `Roll back to ${revision.number}`,
    cluster,
    steps: [
      { verb: 'Put back', target: `the pod template of revision ${revision.number}`, detail: revision.name },
      { verb: 'Replace', target: counted(pods, 'pod'), detail: words },
      { verb: 'Wait', target: 'until all are ready' },
    ],
    diff: manifestDiff(object, planned, { redact: ctx.redact }),
    checks: [
      dryRunPassed,
      ...target.checks,
      {
        label: 'Only the pod template goes back',
        state: 'pass',
        detail: 'replicas, Services and ConfigMaps stay as they are',
      },
      ...(warning ? [{ label: 'How pods are replaced', state: 'warn' as const, detail: warning }] : []),
      ...[room.value, room.unknown, ownerCheck(object, 'set it back')].filter((one) => one !== undefined),
    ],
    impact: [
      { label: 'Pods', value: String(pods) },
      readyNow(kind, object),
      ...revisions.slice(0, 6).map((one) => ({
        label: one === current ? 'Now' : one === revision ? 'Back to' : 'Kept',
        value: describe(one),
      })),
    ],
    rollback: current
      ? `Roll back to revision ${current.number}, which then has a new number`
      : 'Apply the manifest of now again',
    guard: {
      [title]: guardOf(object),
      revision: `${revision.number} ${revision.name}`,
      ...(current && { from: String(current.number) }),
    },
    // What "previous" means is settled now: after it was done once it would mean the other one.
    input: { ...asked, revision: revision.number },
  }
}

/** `kubectl rollout undo`, followed until every pod is of the version put back. */
export const rollbackWorkload = defineTool({
  name: 'rollback_workload',
  title: 'Roll a workload back',
  about:
    'Put back an earlier pod template of a Deployment, StatefulSet or DaemonSet. The plan lists the revisions and the diff.',
  risk: 'change',
  afterCrash: 'rerun',
  undo: (asked, { guard }) =>
    /^\d+$/.test(guard.from ?? '')
      ? { tool: 'rollback_workload', input: { ...asked, revision: Number(guard.from) } }
      : undefined,
  card: 'progress',
  needs: ['fleet', 'kubernetes'],
  input,
  output: cards.progress.payload,
  examples: [{ cluster: 'gpu-east', name: 'web', namespace: 'shop' }],
  access: [
    ...rollingAccess,
    { verbs: ['list'], group: 'apps', resource: 'replicasets' },
    { verbs: ['list'], group: 'apps', resource: 'controllerrevisions' },
  ],
  text: progressText,
  plan,
  async run(asked, ctx) {
    const target = await findTarget(asked, ctx)
    needRolling(target)
    const { client, kind, object, cluster, title } = target
    const revisions = await revisionsOf(client, target, ctx.signal)
    const revision = chosen(asked, { target, revisions })
    if (revision !== currentOf(revisions, object))
      await client.patch(kind, patchFor(target, revision.template, ctx.signal))
    const row = await follow(
      {
        cluster,
        kind,
        object,
        action: 'rollback',
        title: `Roll ${title} back to revision ${asked.revision}`,
        minutes: 30,
      },
      ctx,
    )
    return { data: changeCard(row), subject: subjectOfChange(row.id) }
  },
})
