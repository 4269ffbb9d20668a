import * as z from 'zod'
import { cards, formatMoney } from '#contract'
import { defineTool, type Planning } from '#define'
import { cluster, optionalWord, wholeNumber, word } from '../arguments.ts'
import { shortTime } from '../text.ts'
import { changeAccess } from './change/access.ts'
import { diffOf, doRevision, isUnchanged, leftOver, manifestsOf, tryDraft } from './change/carry.ts'
import { claimRevision, type Draft, type RevisionRow, revisionsOf } from './change/claim.ts'
import { foundOf } from './change/ours.ts'
import { dryRunPassed, gpusOf, guardOf, keeperCheck, unreadCheck, workersOf } from './change/parts.ts'
import { recorded } from './change/recorded.ts'
import { rollingOf } from './change/rolling.ts'
import { roomFor } from './change/room.ts'
import { type ChangeContext, findDeployment, refuse, type Target } from './change/target.ts'
import { progressText } from './change/text.ts'
import { differenceWords } from './change/update-input.ts'
import type { DeploymentConfig } from './config.ts'

const input = z.strictObject({
  cluster,
  name: word.describe('Deployment'),
  namespace: optionalWord('Default: by name'),
  revision: wholeNumber(1, 1_000_000).optional().describe('Default: the one before'),
})
type Input = z.output<typeof input>

const line = ({ revision, action, change, createdAt, requestedBy }: RevisionRow): string =>
  `${revision}: ${shortTime(createdAt.toISOString())} ${action}, ${change} (${requestedBy})`

const listed = (revisions: readonly RevisionRow[]): string =>
  revisions.length > 0
    ? `Kept are ${revisions.slice(0, 8).map(line).join('; ')}.`
    : 'None are kept: only changes made from here are.'

/** The revision that is meant: by number, or the one before the latest. @throws ToolError with those there are */
function chosen(
  asked: Input,
  { target, revisions }: { target: Target; revisions: readonly RevisionRow[] },
): RevisionRow {
  const { cluster, title, object } = target
  const found =
    asked.revision === undefined ? revisions[1] : revisions.find(({ revision }) => revision === asked.revision)
  if (!found)
    throw refuse(
      asked.revision === undefined
        ? `${title} on ${cluster} has no revision before the one that runs.`
        : `${title} on ${cluster} has no revision ${asked.revision}.`,
      { cluster, field: 'revision', next: listed(revisions) },
    )
  const [root] = manifestsOf(found)
  if (root && root.kind !== object.kind)
    throw refuse(
      `Revision ${found.revision} of ${target.deployment.name} on ${cluster} is a ${root.kind}, and it is a ${object.kind} now.`,
      {
        cluster,
        field: 'revision',
        next: 'Delete it with delete_deployment and deploy anew.',
      },
    )
  return found
}

/** The revision again: as it was applied or, where the cluster serves another version now, written anew from its configuration. */
function draft(found: RevisionRow, target: Target): Draft {
  const config = (found.config ?? undefined) as unknown as DeploymentConfig | undefined
  const kept = manifestsOf(found)
  const isServed = kept[0]?.apiVersion === target.object.apiVersion
  if (!isServed && !config)
    throw refuse(`Revision ${found.revision} is of ${kept[0]?.apiVersion}, which ${target.cluster} serves no more.`, {
      cluster: target.cluster,
      field: 'revision',
      next: 'Change what runs with update_deployment.',
    })
  return {
    action: 'rollback',
    ...(config && { config }),
    manifests: isServed ? kept : target.runtime.manifests(config!, target.kind.version),
    change: `back to revision ${found.revision}`,
  }
}

async function plan(asked: Input, ctx: ChangeContext): Promise<Planning<Input>> {
  const target = await findDeployment(asked, ctx)
  const { deployment, cluster, object, title } = target
  const place = { cluster, namespace: deployment.namespace, name: deployment.name }
  const revisions = await revisionsOf(ctx, place)
  const found = chosen(asked, { target, revisions })
  const next = draft(found, target)
  const worker = workersOf(deployment)[0]
  const [tried, room] = await Promise.all([
    tryDraft(target, next, ctx),
    worker ? roomFor(target, worker, ctx) : undefined,
  ])
  const [latest] = revisions
  const gone = leftOver(manifestsOf(latest), next.manifests).filter(({ kind }) => kind !== object.kind)
  if (isUnchanged(tried) && gone.length === 0)
    throw refuse(`${title} on ${cluster} is as in revision ${found.revision} already.`, {
      cluster,
      field: 'revision',
      next: listed(revisions),
    })
  const rolling = rollingOf(target, tried[0]!.after, room)
  const served = target.runtime.read(cluster, tried[0]!.after)
  const gpus = [gpusOf(deployment), gpusOf(served ?? deployment)] as const
  const price = room?.price
  const difference = latest?.config && found.config ? differenceWords(latest.config, found.config) : ''
  return {
    summary: `Roll ${deployment.name} on ${cluster} back to revision ${found.revision} (${found.action}, ${found.change})${difference && `: ${difference}`}`,
    verb: `Roll back to ${found.revision}`,
    cluster,
    steps: [
      { verb: 'Put back', target: title, detail: `as in revision ${found.revision}` },
      ...gone.map(({ kind, metadata }) => ({
        verb: 'Delete',
        target: `${kind} ${metadata.name}`,
        detail: 'a later revision added it',
      })),
      ...rolling.steps,
      { verb: 'Wait', target: 'until it serves' },
    ],
    diff: diffOf(tried, ctx.redact),
    checks: [dryRunPassed, ...rolling.checks, ...unreadCheck(tried[0]?.unread), ...keeperCheck(target)],
    impact: [
      { label: 'Workers replaced', value: String(rolling.pods) },
      { label: 'GPUs', value: gpus[0] === gpus[1] ? String(gpus[0]) : `${gpus[0]} → ${gpus[1]}` },
      ...(price && gpus[0] !== gpus[1]
        ? [
            {
              label: gpus[1] > gpus[0] ? 'More per hour' : 'Saved per hour',
              value: formatMoney({ ...price, amount: price.amount * Math.abs(gpus[1] - gpus[0]) }),
            },
          ]
        : []),
      ...revisions
        .slice(0, 6)
        .map((one) => ({ label: one === latest ? 'Now' : one === found ? 'Back to' : 'Kept', value: line(one) })),
    ],
    ...(price && { costPerHour: { ...price, amount: price.amount * gpus[1] } }),
    rollback: `rollback_deployment to revision ${latest!.revision}`,
    guard: { [title]: guardOf(object), revision: String(latest!.revision) },
    // What "the one before" means is settled now: after it was done once it would mean the other one
    input: { ...asked, namespace: deployment.namespace, revision: found.revision },
  }
}

export const rollbackDeployment = defineTool({
  name: 'rollback_deployment',
  title: 'Roll a model deployment back',
  about:
    'Put back an earlier revision of a served model, or the one before. The plan lists the revisions and the diff; it becomes a new revision.',
  risk: 'change',
  afterCrash: 'rerun',
  undo: ({ cluster, name, namespace }, { guard }) =>
    /^\d+$/.test(guard.revision ?? '')
      ? { tool: 'rollback_deployment', input: { cluster, name, namespace, revision: Number(guard.revision) } }
      : undefined,
  card: 'progress',
  needs: ['fleet', 'kubernetes', 'serving'],
  uses: ['prices'],
  input,
  output: cards.progress.payload,
  examples: [{ cluster: 'gpu-east', name: 'qwen3-8b' }],
  route: { method: 'POST', path: '/deployments/{cluster}/{name}/rollback' },
  access: changeAccess,
  text: progressText,
  plan,
  async run(asked, ctx) {
    const target = await findDeployment(asked, ctx)
    const { deployment, cluster } = target
    const place = { cluster, namespace: deployment.namespace, name: deployment.name }
    const found = chosen(asked, { target, revisions: await revisionsOf(ctx, place) })
    const claimed = await claimRevision(ctx, {
      ...place,
      runtime: deployment.runtime,
      found: (latest) => foundOf(target, latest, ctx.now()),
      make: () => draft(found, target),
    })
    await doRevision(ctx, claimed, { target })
    return recorded(ctx, { target, action: 'rollback', claimed })
  },
})
