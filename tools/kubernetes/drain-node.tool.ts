import * as z from 'zod'
import { cards, type Plan } from '#contract'
import { defineTool } from '#define'
import { nodeKind } from '../clients/kubernetes/types.ts'
import { firstSteps } from '../follow.ts'
import { counted } from '../table.ts'
import { cluster, name, wholeNumber } from './change/arguments.ts'
import { drainRound, lookAtDrain } from './change/drain.ts'
import { drainChecks, drainedWorkloads, drainImpact, drainSteps, seeDrain } from './change/drain-plan.ts'
import { changeCard, follow, stepsOf, subjectOfChange } from './change/followed.ts'
import { nodeGuard } from './change/node-guard.ts'
import { progressText } from './change/progress-text.ts'
import { type Ctx, guardList, refuse } from './change/target.ts'
import { findObject } from './find-object.ts'
import { asNode } from './shapes.ts'

const input = z.strictObject({
  cluster,
  name: name.describe('Node'),
  force: z.boolean().default(false).describe('Also pods without controller'),
  deleteLocalData: z.boolean().default(false).describe('Also pods with emptyDir'),
  deadlineMinutes: wholeNumber(1, 240).default(15).describe('Then give up'),
})
type Input = z.output<typeof input>

async function find({ cluster, name }: Input, ctx: Ctx) {
  const [found] = ctx.scope([cluster])
  const client = ctx.clients.kubernetes.for(found!)
  return { cluster: found!, client, node: await findObject(client, nodeKind, { name, signal: ctx.signal }) }
}

const cordon = { spec: { unschedulable: true } }

async function plan(asked: Input, ctx: Ctx): Promise<Plan> {
  const { cluster, client, node } = await find(asked, ctx)
  const { name } = node.metadata
  const { signal } = ctx
  const [sight] = await Promise.all([
    seeDrain(client, { node, aim: asked, signal }),
    client.patch(nodeKind, { name, body: cordon, dryRun: true, signal }),
  ])
  const pods = sight.fates.get('evict')?.length ?? 0
  const checks = drainChecks(sight)
  if (pods === 0 && !checks.some(({ state }) => state === 'fail') && asNode(node).spec.unschedulable)
    throw refuse(`${name} on ${cluster} is cordoned, and nothing on it is to be moved.`, {
      cluster,
      field: 'name',
      next: 'It is drained already.',
    })
  return {
    summary: `Drain ${name} on ${cluster}: take no new pods, evict ${counted(pods, 'pod')} within ${counted(asked.deadlineMinutes, 'minute')}`,
    verb: `Drain ${name}`,
    cluster,
    steps: [
      { verb: 'Cordon', target: `Node ${name}`, detail: 'stays so until somebody uncordons it' },
      ...drainSteps(sight),
      {
        verb: 'Wait',
        target: 'until they are gone',
        detail: `at most ${counted(asked.deadlineMinutes, 'minute')}; disruption budgets are kept`,
      },
    ],
    checks: [
      { label: 'The API server accepts the change (dry run of cordon and evictions)', state: 'pass' },
      ...checks,
    ],
    impact: drainImpact(sight),
    rollback: `cordon_node ${name} with uncordon: true lets it take pods again; those evicted do not move back`,
    guard: { ...nodeGuard(node), workloads: guardList(drainedWorkloads(sight)) },
    typedName: name,
  }
}

/** `kubectl drain` that can be watched: budgets are kept, refusals tried again until the deadline. */
export const drainNode = defineTool({
  name: 'drain_node',
  title: 'Drain a node',
  about:
    'Cordon a node and evict its pods, keeping disruption budgets. The plan says who goes, who blocks, what is lost.',
  risk: 'danger',
  afterCrash: 'rerun',
  // pods that were evicted do not move back by themselves
  undo: ({ cluster, name }) => ({ tool: 'cordon_node', input: { cluster, name, uncordon: true } }),
  card: 'progress',
  needs: ['fleet', 'kubernetes'],
  input,
  output: cards.progress.payload,
  examples: [{ cluster: 'gpu-east', name: 'gpu-east-h100-01' }],
  access: [
    { verbs: ['get', 'list', 'patch'], group: '', resource: 'nodes' },
    { verbs: ['list'], group: '', resource: 'pods' },
    { verbs: ['create'], group: '', resource: 'pods/eviction' },
  ],
  timeoutMs: 60_000,
  text: progressText,
  plan,
  async run(asked, ctx) {
    const { cluster, client, node } = await find(asked, ctx)
    const { name } = node.metadata
    const { force, deleteLocalData, deadlineMinutes: minutes } = asked
    await client.patch(nodeKind, { name, body: cordon, signal: ctx.signal })
    const round = await drainRound(client, { node: name, aim: asked, signal: ctx.signal })
    const aim = { force, deleteLocalData, pods: round.left }
    const now = ctx.now()
    const observed = lookAtDrain(
      {
        name,
        aim,
        steps: firstSteps(stepsOf('drain'), now),
        createdAt: now,
        deadlineAt: new Date(now.getTime() + minutes * 60_000),
      },
      round,
      now,
    )
    const title = `Drain ${name} on ${cluster}`
    const row = await follow(
      { cluster, kind: nodeKind, object: node, action: 'drain', title, aim, minutes, observed },
      ctx,
    )
    return { data: changeCard(row), subject: subjectOfChange(row.id) }
  },
})
