import type { Wants } from '../concepts.ts'
import { withDigits } from '../entities/counts.ts'
import type { Question } from './question.ts'
import type { Rule, Scene } from './rule.ts'

/** What people call the runtimes of a deployment. First match wins. */
const RUNTIMES: [RegExp, string][] = [
  [/\b(?:plain|ordinary|bare) (?:kubernetes )?(?:deployment|vllm|pods?)\b/i, 'plain'],
  [/\bllm-?inference-?service|kserve[- ]llm\b/i, 'kserve-llm'],
  [/\b(?:kserve|inference-?service)\b/i, 'kserve'],
  [/\bray[- ]?service\b/i, 'ray-service'],
  [/\b(?:by|for) (?:a )?goal\b|\bdeployment ?request\b/i, 'dynamo-request'],
  [/\bdynamo\b/i, 'dynamo'],
]

/** "16k context", "a context of 8192 tokens": k is 1024, as models count it. */
const CONTEXT = /\b(\d{1,9})\s*(k)?(?:\s+tokens?)?(?:\s+of)?\s+context\b|\bcontext\b\D{0,20}?(\d{1,9})\s*(k)?\b/i

function contextIn(text: string): number | undefined {
  const found = CONTEXT.exec(text)
  const digits = found?.[1] ?? found?.[3]
  return digits === undefined ? undefined : Number(digits) * (found?.[2] || found?.[4] ? 1024 : 1)
}

/** How a model is to be served, beyond where and with how much. */
export function servingWants({ text }: Question): Wants {
  const said = text.slice(0, 1000)
  return {
    runtime: RUNTIMES.find(([pattern]) => pattern.test(said))?.[1],
    mode: /\bdisaggregat|prefill (?:and decode )?apart\b/i.test(said) ? 'disaggregated' : undefined,
    contextLength: contextIn(said),
  }
}

/** "scale it to 3": the number alone are replicas. */
export function scaledTo(plain: string): number | undefined {
  const digits = /^\W*(?:\w+ ){0,3}scale\b.*?\bto\s+(\d{1,4})\b(?!\s*(?:gpus?|k\b))/.exec(withDigits(plain))?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** Deployments are named after their model: Qwen/Qwen3-8B is `qwen3-8b`. */
export function shortName(model: string | undefined): string | undefined {
  return model
    ?.split('/')
    .at(-1)
    ?.toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
}

export const servingRules: Rule[] = [
  {
    id: 'fits-on',
    about: 'Which models one GPU of a kind can hold: list_models.',
    example: 'Which models fit on an L40S?',
    must: ['model', 'fit'],
    not: ['ray', 'node'],
    when: ({ entities }) => entities.gpuModel !== undefined && entities.model === undefined,
    weight: 20,
    first: ({ question }: Scene) => [
      {
        tools: ['list_models'],
        wants: { gpuModel: question.entities.gpuModel, engine: question.entities.engine },
        because: 'I look up which models of the catalogue one such GPU holds.',
      },
    ],
  },
  {
    id: 'model',
    about: 'One model: size, gate, attention, GPUs it needs: get_model.',
    example: 'Show the model Qwen3-8B',
    must: ['show|describe|details|detail|inspect|tell me about', 'model'],
    not: ['deployed|deployment|running|served|serving', 'log', 'metric', 'ray', 'alert'],
    when: ({ entities }) => entities.model !== undefined,
    weight: 12,
    first: (scene) => [
      {
        tools: ['get_model', 'list_models'],
        wants: { model: scene.question.entities.model, text: scene.question.entities.model },
        because: 'I look that model up.',
      },
    ],
  },
]
