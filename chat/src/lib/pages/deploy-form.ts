import type { Words } from '../words/index.ts'
import { type OptionValues, optionsOf } from './deploy-options.ts'
import { contextWords, enginesOf, type ModelRow } from './model-list.ts'

/** What the form holds: texts as they were typed. */
export interface DeployForm {
  model: string
  /** Empty: the cheapest with room */
  cluster: string
  /** Empty: the first that the cluster has and that can do it */
  runtime: string
  engine: string
  mode: 'aggregated' | 'disaggregated'
  routerMode: 'none' | 'kv' | 'round-robin'
  /** Empty: as few as the model needs */
  gpus: string
  gpuModel: string
  replicas: string
  /** Empty: from the model */
  name: string
  namespace: string
  contextLength: string
  options: OptionValues
}

export const allEngines = ['vllm', 'sglang', 'trtllm'] as const
export const runtimes = ['dynamo', 'dynamo-request', 'kserve', 'kserve-llm', 'ray-service', 'plain'] as const

/** The name a deployment gets where nobody gives one (MOD-020); the server makes the same. */
export const nameFor = (model: string): string =>
  (model.split('/').at(-1) ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '')

export function formFrom(search: Pick<URLSearchParams, 'get'>, kept: Partial<DeployForm> = {}): DeployForm {
  const of = (key: string) => search.get(key) ?? ''
  return {
    model: of('model'),
    cluster: of('cluster'),
    runtime: of('runtime'),
    engine: of('engine'),
    mode: of('mode') === 'disaggregated' ? 'disaggregated' : 'aggregated',
    routerMode: 'none',
    gpus: of('gpus'),
    gpuModel: of('gpuModel'),
    replicas: of('replicas') || '1',
    name: of('name'),
    namespace: of('namespace') || kept.namespace || 'dynamo-system',
    contextLength: of('contextLength'),
    options: { ...kept.options },
  }
}

/** The engine that counts: the chosen one, or the first that the model supports (MOD-017). */
export function engineOf(form: DeployForm, model: ModelRow | undefined): string {
  const able: readonly string[] = model ? enginesOf(model) : allEngines
  return able.includes(form.engine) ? form.engine : (able[0] ?? 'vllm')
}

const number = (text: string): number | string => (Number.isFinite(Number(text)) ? Number(text) : text)

/** The arguments of the tool; what was left alone is left to it. */
export function inputOf(form: DeployForm, model: ModelRow | undefined): Record<string, unknown> {
  const options = {
    ...(form.routerMode !== 'none' && { routerMode: form.routerMode }),
    ...optionsOf({ ...form.options, ...(!model?.gated && { hfTokenSecret: undefined }) }),
  }
  return {
    model: form.model.trim(),
    ...(form.cluster && { cluster: form.cluster }),
    ...(form.gpus.trim() && { gpus: number(form.gpus) }),
    ...(form.gpuModel.trim() && { gpuModel: form.gpuModel.trim() }),
    replicas: number(form.replicas),
    ...(form.name.trim() && { name: form.name.trim() }),
    namespace: form.namespace.trim(),
    ...(form.runtime && { runtime: form.runtime }),
    engine: engineOf(form, model),
    mode: form.mode,
    ...(form.contextLength.trim() && { contextLength: number(form.contextLength) }),
    ...(Object.keys(options).length > 0 && { options }),
  }
}

const nameRule = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const longest = 63
const isWrong = (text: string, least: number, most: number): boolean => {
  const value = Number(text)
  return text.trim() !== '' && (!Number.isInteger(value) || value < least || value > most)
}

/** What is wrong before anybody is asked (MOD-027), by field. The rest is for the server to judge. */
export function problemsOf(
  form: DeployForm,
  model: ModelRow | undefined,
  { pagesDeploy: { problems: said }, ui }: Pick<Words, 'pagesDeploy' | 'ui'>,
): Record<string, string> {
  const most = model?.contextLength ?? 100_000_000
  const nameProblem = (text: string) =>
    text.length > longest ? said.long(longest) : nameRule.test(text) ? '' : said.name
  const rangeProblem = (text: string, least: number, most: number) =>
    isWrong(text, least, most) ? ui.wholeNumber(least, most) : ''
  const problems = {
    model: form.model.trim() === '' ? said.model : '',
    name: form.name.trim() === '' ? '' : nameProblem(form.name.trim()),
    namespace: form.namespace.trim() === '' ? said.needed : nameProblem(form.namespace.trim()),
    gpus: rangeProblem(form.gpus, 1, 128),
    replicas: form.replicas.trim() === '' ? said.needed : rangeProblem(form.replicas, 1, 10),
    contextLength:
      Number(form.contextLength) > most
        ? said.context(model!.name, contextWords(most), most)
        : rangeProblem(form.contextLength, 256, most),
  }
  return Object.fromEntries(Object.entries(problems).filter(([, problem]) => problem !== ''))
}

/** The field of the form that an error of the tool is about: `options.storage.claim` → `storage.claim`. */
export const fieldOf = (field: string | undefined): string | undefined => field?.replace(/^options\./, '')
