import { cards } from '#contract'
import { defineTool } from '#define'
import { applyAll } from './change/apply-all.ts'
import { recordChange } from './change/revisions.ts'
import { deployAccess } from './deploy/access.ts'
import { deployInput } from './deploy/input.ts'
import { planDeployment } from './deploy/plan.ts'
import { prepare } from './deploy/prepare.ts'
import { gpusOf } from './deploy/settle.ts'
import { progressCard } from './follow/progress.ts'
import { subjectOf } from './service.ts'

export const deployModel = defineTool({
  name: 'deploy_model',
  title: 'Deploy a model',
  about: 'Serve a model on GPUs. A person approves the plan: fit, room, diff, price. Only look: preview_deployment.',
  risk: 'change',
  afterCrash: 'rerun',
  undo: ({ runtime }, { guard, subject }) => {
    // What it settled on stands in the subject: models/deployment/<cluster>/<namespace>/<name>
    const [, cluster, namespace, name] = /^models\/deployment\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(subject ?? '') ?? []
    // One that was there before is not to be deleted: rollback_deployment goes back to what it was
    if (name === undefined || guard.deployment !== 'absent') return undefined
    return { tool: 'delete_deployment', input: { cluster, name, namespace, ...(runtime && { runtime }) } }
  },
  card: 'progress',
  needs: ['fleet', 'kubernetes'],
  uses: ['prices', 'serving', 'huggingface'],
  input: deployInput,
  output: cards.progress.payload,
  examples: [{ model: 'Qwen/Qwen3-8B', cluster: 'gpu-east', gpus: 2 }],
  route: { method: 'POST', path: '/deployments' },
  access: deployAccess({ writes: true }),
  text: (data) =>
    `${data.title}: ${data.state}. ${data.message ?? ''}\n${data.steps.map((step) => `${step.state}: ${step.label}`).join('\n')}`,
  async plan(input, ctx) {
    const { plan, input: settled } = await planDeployment(input, ctx)
    return { ...plan, input: settled }
  },
  async run(input, ctx) {
    const { cluster, client, model, choice } = await prepare(input, ctx)
    const { config, runtime, kind } = choice
    const manifests = runtime.manifests(config, kind.version)
    const [root] = await applyAll(client, manifests, { signal: ctx.signal, createNamespace: true })
    const { namespace, name, engine, mode, replicas } = config
    const row = await recordChange(ctx, {
      ...{ cluster, namespace, name, engine, mode, replicas, config, manifests, root },
      runtime: runtime.id,
      action: 'deploy',
      model: model.id,
      gpus: gpusOf(config),
      change: `${model.id} on ${runtime.title}, ${replicas} × ${config.gpus} GPUs`,
    })
    return {
      data: progressCard(row),
      subject: subjectOf(cluster, namespace, name),
      next: [`get_deployment ${JSON.stringify({ cluster, namespace, name })}`],
    }
  },
})
