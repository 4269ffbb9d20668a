import * as z from 'zod'
import { cards, type Plan } from '#contract'
import { defineTool } from '#define'
import { type KubeObject, nodeKind } from '../clients/kubernetes/types.ts'
import { firstSteps } from '../follow.ts'
import { manifestDiff } from '../manifest.ts'
import { cluster, name } from './change/arguments.ts'
import { gpusOf, podsOn } from './change/drain.ts'
import { nodeGuard } from './change/node-guard.ts'
import { progressText } from './change/progress-text.ts'
import { type Ctx, dryRunPassed, refuse } from './change/target.ts'
import { findObject } from './find-object.ts'
import { asNode } from './shapes.ts'

const input = z.strictObject({
  cluster,
  name: name.describe('Node'),
  uncordon: z.boolean().default(false).describe('Take work again'),
})
type Input = z.output<typeof input>

async function find({ cluster, name }: Input, ctx: Ctx) {
  const [found] = ctx.scope([cluster])
  const client = ctx.clients.kubernetes.for(found!)
  return { cluster: found!, client, node: await findObject(client, nodeKind, { name, signal: ctx.signal }) }
}

const isCordoned = (node: KubeObject) => asNode(node).spec.unschedulable === true
const bodyFor = (uncordon: boolean) => ({ spec: { unschedulable: uncordon ? null : true } })

async function plan(asked: Input, ctx: Ctx): Promise<Plan> {
  const { cluster, client, node } = await find(asked, ctx)
  const { name } = node.metadata
  const { uncordon } = asked
  if (isCordoned(node) !== uncordon)
    throw refuse(`${name} on ${cluster} ${uncordon ? 'takes work already' : 'is cordoned already'}.`, {
      cluster,
      field: 'name',
      next: uncordon
        ? 'Nothing is to be done.'
        : 'drain_node moves its pods away; uncordon: true lets it take work again.',
    })
  const { signal } = ctx
  const [planned, pods] = await Promise.all([
    client.patch(nodeKind, { name, body: bodyFor(uncordon), dryRun: true, signal }),
    podsOn(client, name, signal),
  ])
  const ready = asNode(node).status.conditions?.find(({ type }) => type === 'Ready')
  return {
    summary: uncordon
      ? `Let ${name} on ${cluster} take new pods again`
      : `Let ${name} on ${cluster} take no new pods; those on it stay`,
    verb: `${uncordon ? 'Uncordon' : 'Cordon'} ${name}`,
    cluster,
    steps: [{ verb: uncordon ? 'Uncordon' : 'Cordon', target: `Node ${name}` }],
    diff: manifestDiff(node, planned, { redact: ctx.redact }),
    checks: [
      dryRunPassed,
      ...(uncordon && ready?.status !== 'True'
        ? [{ label: 'The node is not ready', state: 'warn' as const, detail: ready?.reason ?? 'its state is unknown' }]
        : []),
    ],
    impact: [
      { label: 'Pods on it', value: String(pods.length) },
      { label: 'GPUs in use on it', value: String(gpusOf(pods)) },
    ],
    rollback: `cordon_node ${name}${uncordon ? '' : ' with uncordon: true'}`,
    guard: nodeGuard(node),
  }
}

/** Whether a node takes new pods; done when it is answered. */
export const cordonNode = defineTool({
  name: 'cordon_node',
  title: 'Cordon a node',
  about:
    'Stop a node from taking new pods, or with uncordon let it again; a person approves. drain_node also moves its pods.',
  risk: 'change',
  afterCrash: 'rerun',
  undo: (asked) => ({ tool: 'cordon_node', input: { ...asked, uncordon: !asked.uncordon } }),
  card: 'progress',
  needs: ['fleet', 'kubernetes'],
  input,
  output: cards.progress.payload,
  examples: [{ cluster: 'gpu-east', name: 'gpu-east-h100-01' }],
  access: [
    { verbs: ['get', 'list', 'patch'], group: '', resource: 'nodes' },
    { verbs: ['list'], group: '', resource: 'pods' },
  ],
  text: progressText,
  plan,
  async run(asked, ctx) {
    const { cluster, client, node } = await find(asked, ctx)
    const { name } = node.metadata
    await client.patch(nodeKind, { name, body: bodyFor(asked.uncordon), signal: ctx.signal })
    const at = ctx.now()
    const label = asked.uncordon ? 'Takes new pods again' : 'Takes no new pods'
    return {
      data: {
        title: `${asked.uncordon ? 'Uncordon' : 'Cordon'} ${name} on ${cluster}`,
        state: 'succeeded' as const,
        percent: 100,
        steps: firstSteps({ done: label }, at),
        facts: [{ label: 'Cluster', value: cluster }],
        startedAt: at.toISOString(),
        endedAt: at.toISOString(),
      },
      next: asked.uncordon ? [] : [`drain_node {"cluster":"${cluster}","name":"${name}"}`],
    }
  },
})
