import { cards, type Fact, formatMoney, type Plan } from '#contract'
import { defineTool } from '#define'
import { manifestYaml } from '../manifest.ts'
import { cell, factsLine, lines } from '../text.ts'
import { deployAccess } from './deploy/access.ts'
import { commandLines } from './deploy/command-lines.ts'
import { type DeployInput, previewInput } from './deploy/input.ts'
import { type DeployPlan, planDeployment } from './deploy/plan.ts'

/** Characters of the manifests in an answer; the diff of the approval has its own bound. */
const mostCharacters = 6_000

const tones = { pass: 'good', warn: 'warn', fail: 'bad' } as const

function factsOf(plan: Plan): Fact[] {
  return [
    { label: 'Plan', value: plan.summary },
    ...(plan.costPerHour ? [{ label: 'Cost', value: `${formatMoney(plan.costPerHour)} an hour` }] : []),
    ...plan.impact,
    ...plan.checks.map(({ label, state, detail }) => ({
      label,
      value: cell(detail ?? (state === 'pass' ? 'yes' : 'no'), 340),
      tone: tones[state],
    })),
  ]
}

function cut(yaml: string): string {
  if (yaml.length <= mostCharacters) return yaml
  return `${yaml.slice(0, yaml.lastIndexOf('\n', mostCharacters))}\n# … cut: ${yaml.length} characters in all`
}

function noteOf({ plan, manifests }: DeployPlan): string {
  const failing = plan.checks.filter(({ state }) => state === 'fail').length
  const commands = commandLines(manifests).map((line) => `Command: ${line}`)
  const verdict =
    failing > 0
      ? 'It would be refused as it is: see what fails.'
      : 'deploy_model with the same arguments asks for approval.'
  return [...commands, verdict].join('\n')
}

/** The same call again, with what was chosen for the caller: a model or cluster less would be another deployment. */
function nextOf(input: DeployInput, { config, prepared, plan }: DeployPlan): string[] {
  if (plan.checks.some(({ state }) => state === 'fail'))
    return [`check_model_fit ${JSON.stringify({ model: config.modelId })}`]
  const { options, ...main } = input
  const call = {
    ...main,
    model: config.modelId,
    cluster: prepared.cluster,
    gpus: config.gpus,
    ...(Object.keys(options).length > 0 && { options }),
  }
  return [`deploy_model ${JSON.stringify(call)}`]
}

export const previewDeployment = defineTool({
  name: 'preview_deployment',
  title: 'Preview of a deployment',
  about:
    'What deploy_model would do, without asking anybody: manifests tried by the API server, command line, fit, room, quota, price. Its options are those of deploy_model.',
  risk: 'read',
  card: 'record',
  needs: ['fleet', 'kubernetes'],
  uses: ['prices', 'serving', 'huggingface'],
  input: previewInput,
  output: cards.record.payload,
  examples: [
    { model: 'Qwen/Qwen3-8B', cluster: 'gpu-east', gpus: 2 },
    { model: 'Qwen/Qwen3-8B', replicas: 2, options: { routerMode: 'kv', engineArgs: ['--max-num-seqs 64'] } },
  ],
  route: { method: 'POST', path: '/deployments/preview' },
  access: deployAccess({ writes: false }),
  text: ({ title, facts, note, yaml }) => lines(title, factsLine(facts), note, yaml),
  async run(input, ctx) {
    const made = await planDeployment(input, ctx, { mayOnlyRead: true })
    const { config, prepared, plan, manifests } = made
    return {
      data: {
        title: `Preview of ${config.namespace}/${config.name} on ${prepared.cluster}`,
        kind: prepared.choice.runtime.title,
        facts: factsOf(plan),
        yaml: cut(manifestYaml(manifests, ctx.redact)),
        note: noteOf(made),
      },
      next: nextOf(input, made),
    }
  },
})
