import type { Wants } from '../concepts.ts'
import type { Rule, Scene } from './rule.ts'
import { servingRules, servingWants, shortName } from './serving.ts'

/** An order has the verb in its plain form: "what is running" is none. */
const ORDER = /\b(?:deploy|serve|host|launch|start|run|put|install|roll out|spin up|stand up|set up|bring up)\b/
const STARTS_WITH_ORDER = /^\W*(?:please |can you |could you )?(?:deploy|serve|host|launch|start|run|put|install)\b/
const DEPLOY = 'deploy|serve|host|roll out|spin up|stand up|set up|bring up|launch|start|run|put|install'

/** "test deployment qwen3-32b", "how fast is qwen3-32b at 8 concurrent requests": the name, as Kubernetes writes it. */
const MEASURED =
  /\b(?:(?:load[- ]?|smoke[- ]?)?test|benchmark|measure|how (?:fast|quick) (?:is|does|are))\s+(?:of\s+)?(?:the\s+)?(?:model\s+)?(?:deployment\s+)?`?([a-z0-9][\w./-]*)/i
const NOT_MEASURED =
  /^(?:the|it|this|that|our|my|all|every|a|an|node|nodes|pod|pods|alert|cluster|network|disk|api|prometheus)$/
const CONCURRENT =
  /\b(\d{1,3})\s*(?:concurrent|parallel|simultaneous|requests? at (?:once|a time)|at once)|concurrency (?:of )?(\d{1,3})/i

function measured(text: string): { name: string; concurrency?: number } | undefined {
  const name = MEASURED.exec(text)?.[1]
    ?.toLowerCase()
    .replace(/[?.!,]+$/, '')
  if (name === undefined || NOT_MEASURED.test(name) || !/-|\d/.test(name)) return undefined
  const found = CONCURRENT.exec(text)
  const concurrency = Number(found?.[1] ?? found?.[2])
  return { name: name.split('/').at(-1)!, ...(Number.isInteger(concurrency) && { concurrency }) }
}

export const modelRules: Rule[] = [
  ...servingRules,
  {
    id: 'preview',
    about: 'What a deployment would be, without asking anybody: preview_deployment.',
    example: 'Preview Qwen3-8B on two GPUs in gpu-east',
    must: ['preview|dry run'],
    not: ['ray cluster', 'log'],
    weight: 30,
    first: (scene) =>
      scene.needed('model') === undefined
        ? { say: 'Which model should I preview? For example "Preview Qwen3-8B on two GPUs in gpu-east".' }
        : [
            {
              tools: ['preview_deployment'],
              wants: deployment(scene),
              defaults: deploymentDefaults(scene),
              because: 'I look what the deployment would be; nothing is changed.',
            },
          ],
  },
  {
    id: 'measure',
    about: 'Whether a deployment works and how fast it is: test_deployment, a bounded load that a person approves.',
    example: 'How fast is qwen3-32b in gpu-east at 8 concurrent requests?',
    must: ['test|benchmark|measure|fast|quick'],
    not: ['ray', 'metric|last|past|today|hour', 'fit'],
    when: ({ text }) => measured(text) !== undefined,
    weight: 25,
    changes: true,
    first: (scene) => {
      const { name, concurrency } = measured(scene.question.text)!
      const clusters = scene.needed('clusters')?.filter((cluster) => cluster !== name)
      if (!clusters?.length) return { say: `On which cluster is ${name}? I test it there, with a bounded load.` }
      return [
        {
          tools: ['test_deployment'],
          wants: { name, clusters: clusters.slice(0, 1), concurrency },
          exact: true,
          because: 'I prepare a bounded test of it; a person approves it.',
        },
      ]
    },
  },
  {
    id: 'deploy',
    about:
      'Deploying a model: deploy_model with the model, cluster, GPUs and replicas that are named. A person approves the plan.',
    example: 'Deploy Qwen3-8B on two GPUs in gpu-east',
    must: [DEPLOY],
    not: [
      'ray',
      'which|what|how|list|is it|status',
      'deployed',
      'fit',
      'can i|can we|could i|could we|would it|does it',
      'why|log',
      'scale|delete|remove|roll back|rollback|update|change|stop',
      'job',
    ],
    when: ({ entities, has, text, plain }) =>
      (!has('deployment') || STARTS_WITH_ORDER.test(plain)) &&
      (ORDER.test(plain) || (has('deploy') && !/\b\w+(?:ing|ed)\b/.test(plain))) &&
      (entities.model !== undefined || (has('deploy|serve') && /\b(?:it|this|that|one|model|them)\b/i.test(text))),
    weight: 20,
    changes: true,
    first: (scene) => {
      if (scene.needed('model') === undefined)
        return {
          say: 'Which model should I deploy? Name it as on Hugging Face, for example "Deploy Qwen3-8B on two GPUs".',
        }
      return [
        {
          tools: ['deploy_model'],
          wants: deployment(scene),
          defaults: deploymentDefaults(scene),
          because: 'A model is to be deployed; I prepare that, and a person approves it.',
        },
      ]
    },
  },
  {
    id: 'fit',
    about: 'Whether a model fits: check_model_fit.',
    example: 'Does Llama-3.3-70B-Instruct fit on two H100?',
    must: ['fit|enough memory|big enough|can i run|can we run|could we run|would it run|how many gpus does|need'],
    when: ({ entities, text }) => entities.model !== undefined || /\b(?:it|model)\b/i.test(text),
    not: ['ray'],
    weight: 12,
    first: (scene) => {
      if (scene.needed('model') === undefined) return { say: 'Which model do you mean?' }
      const { engine } = scene.question.entities
      return [
        {
          tools: ['check_model_fit', 'preview_deployment', 'get_model'],
          wants: {
            model: scene.needed('model'),
            gpuModel: scene.said('gpuModel'),
            gpus: scene.said('gpus'),
            clusters: scene.said('clusters'),
            engine,
          },
          because: 'I check whether the model fits there.',
        },
      ]
    },
  },
  {
    id: 'deployments',
    about: 'What is being served: list_deployments.',
    example: 'Which models are deployed?',
    must: ['deployment|deployed|served|serving|endpoint|running|live'],
    should: ['model', 'deployment'],
    not: ['ray', 'pod', 'log', 'alert', 'node', 'scale|delete|remove|restart|rollback|roll back', 'request', 'job'],
    when: ({ has, entities }) =>
      has('deployment|deployed|model|endpoint|serving|served') || entities.model !== undefined || has("what|what's"),
    weight: 4,
    first: (scene) => {
      const { status, namespace, limit } = scene.question.entities
      return [
        {
          tools: ['list_deployments'],
          wants: {
            model: scene.said('model'),
            clusters: scene.said('clusters'),
            namespace,
            status: status === 'running' ? undefined : status,
            limit,
          },
          because: 'I list what is being served.',
        },
      ]
    },
  },
  {
    id: 'full-cache',
    about: 'Which models run out of KV cache, preempt or queue: get_serving_metrics.',
    example: 'Which models have a full KV cache?',
    must: ['kv cache|kvcache', 'full|saturated|out of|preempt'],
    not: ['alert', 'log'],
    weight: 14,
    first: (scene) => [
      {
        tools: ['get_serving_metrics'],
        wants: { clusters: scene.said('clusters'), text: scene.said('model') },
        because: 'I look at what the engines measure.',
      },
    ],
  },
  {
    id: 'deployment',
    about: 'One deployment from every side: get_deployment.',
    example: 'Show the deployment qwen3-32b in gpu-east',
    must: ['show|describe|details|inspect', 'deployment'],
    not: [
      'which|list|all',
      'log',
      'alert',
      'ray',
      'pod',
      'deploy|serve',
      'scale|delete|remove|restart|rollback|roll back|update',
    ],
    // As a word of `not` it would be taken for a slip of the pen of "deployment"
    when: ({ entities, plain }) => (entities.deployment ?? entities.model) !== undefined && !/deployments/.test(plain),
    weight: 14,
    first: (scene) => one(scene, 'get_deployment', 'I look at that deployment.'),
  },
  {
    id: 'deployment-logs',
    about: 'What the pods of a deployment print: get_deployment_logs.',
    example: 'Show the logs of the deployment qwen3-32b in gpu-east',
    must: ['log', 'deployment'],
    not: ['alert', 'ray', 'search', 'pattern'],
    when: ({ entities }) => (entities.deployment ?? entities.model) !== undefined && entities.pod === undefined,
    weight: 14,
    first: (scene) => one(scene, 'get_deployment_logs', 'I read what its pods print.'),
  },
  {
    id: 'models',
    about: 'The models that can be deployed: list_models.',
    example: 'Which models can I deploy?',
    must: ['model|catalogue|catalog|llm|can i deploy|can we deploy|could i deploy|could we deploy'],
    not: ['alert', 'pod', 'log', 'ray', 'persona'],
    first: (scene) => [
      {
        tools: ['list_models'],
        wants: { text: scene.question.entities.model, limit: scene.question.entities.limit },
        because: 'I look up the catalogue of models.',
      },
    ],
  },
]

/** A tool that takes one deployment. */
function one(scene: Scene, tool: string, because: string) {
  const { previous, lines, ...named } = scene.question.entities
  const deployment = named.deployment ?? shortName(named.model)
  const place = { clusters: scene.said('clusters'), namespace: scene.said('namespace') }
  return [{ tools: [tool], wants: { ...place, name: deployment, deployment, previous, lines }, exact: true, because }]
}

function deployment(scene: Scene): Wants {
  const { entities } = scene.question
  return {
    model: scene.needed('model'),
    clusters: scene.said('clusters'),
    gpus: scene.said('gpus') ?? entities.minFreeGpus,
    replicas: entities.replicas,
    namespace: scene.said('namespace'),
    name: entities.name ?? entities.deployment,
    engine: entities.engine,
    gpuModel: entities.gpuModel,
    ...servingWants(scene.question),
  }
}

/** Used only where the tool demands them: a name made of the model's, one GPU, one replica. */
function deploymentDefaults(scene: Scene): Wants {
  const short = (scene.needed('model') ?? 'model').split('/').at(-1) ?? 'model'
  return {
    name: short
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 40),
    gpus: 1,
    replicas: 1,
    namespace: 'default',
    engine: 'vllm',
  }
}
