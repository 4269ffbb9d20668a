import type { Wants } from '../concepts.ts'
import type { Question } from './question.ts'
import type { Rule, Scene } from './rule.ts'
import { scaledTo, shortName } from './serving.ts'

/** What the tools call the things that can be changed, by the word that people use. First match wins. */
const NOUNS: [string, string][] = [
  ['ray cluster', 'ray_cluster'],
  ['ray job', 'ray_job'],
  ['droplet group', 'droplet_group'],
  ['droplet', 'droplet'],
  ['compute job', 'compute_job'],
  ['escrow', 'escrow'],
  ['alert', 'alert'],
  ['node', 'node'],
  ['deployment|model', 'deployment'],
  ['workload|pod|statefulset|daemonset', 'workload'],
  ['job', 'job'],
  ['cluster', 'cluster'],
  ['budget', 'budget'],
]

const VERB =
  /^\W*(?:please |can you |could you |now |then )*(scale|delete|remove|terminate|restart|roll ?back|drain|cordon|uncordon|pause|resume|stop|cancel|silence|update|refresh|migrate|release|refund|save)\b/

export const orderRules: Rule[] = [
  {
    id: 'order',
    about:
      'Other changes (scale, delete, restart, drain …): the tool whose name is the verb and the thing, searched for where it is not offered. Nothing that is missing is guessed; a person approves.',
    example: 'Scale the deployment qwen3-8b in gpu-east to 3 replicas',
    must: [],
    when: (question) => toolOf(question) !== undefined,
    weight: 45,
    changes: true,
    first: (scene) => [
      {
        tools: [toolOf(scene.question) ?? ''],
        wants: wanted(scene),
        exact: true,
        because: 'Something is to be changed; I prepare that, and a person approves it.',
      },
    ],
  },
]

/** "roll qwen3-8b back" has the name between its two words; a context is set, and that is an update. */
function verbOf({ plain }: Question): string | undefined {
  if (/^\W*(?:please |can you |could you |now |then )*roll\b.*\bback\b/.test(plain)) return 'rollback'
  if (
    contextOf(plain) !== undefined &&
    /^\W*(?:please |can you |could you |now |then )*(?:set|change|raise|lower|increase|reduce)\b/.test(plain)
  )
    return 'update'
  return VERB.exec(plain)?.[1]?.replace(' ', '')
}

/** "context … to 16k" in tokens: k is 1024, as models count it. */
function contextOf(plain: string): number | undefined {
  const [, digits, thousand] = /\bcontext\b.*?\bto\s+(\d{1,9})\s*(k)?\b/.exec(plain) ?? []
  return digits === undefined ? undefined : Number(digits) * (thousand ? 1024 : 1)
}

function toolOf(question: Question): string | undefined {
  const verb = verbOf(question)
  if (verb === undefined) return undefined
  const { entities, has } = question
  const said = NOUNS.find(([words]) => has(words))?.[1]
  const named =
    (entities.rayCluster && 'ray_cluster') ||
    (entities.node && 'node') ||
    ((entities.deployment ?? entities.model) && 'deployment') ||
    (entities.pod && 'workload')
  const noun = entities.rayCluster ? 'ray_cluster' : (said ?? named)
  return noun ? `${verb}_${noun}` : undefined
}

function wanted(scene: Scene): Wants {
  const { heads: _heads, traceId: _trace, model, ...entities } = scene.question.entities
  const deployment = entities.deployment ?? scene.said('deployment') ?? shortName(model ?? scene.said('model'))
  const contextLength = contextOf(scene.question.plain)
  const replicas = entities.replicas ?? scaledTo(scene.question.plain)
  return {
    ...entities,
    ...(replicas !== undefined && { replicas }),
    ...(contextLength !== undefined && { contextLength }),
    deployment,
    clusters: scene.said('clusters'),
    namespace: scene.said('namespace'),
    node: scene.said('node'),
    rayCluster: scene.said('rayCluster'),
  }
}
