import { isToolError, ToolError } from '#contract'
import type { HubModel } from '../../clients/huggingface/types.ts'
import type { Clients } from '../../clients/index.ts'
import { catalogueOf, findModel, similarModels } from '../catalogue.ts'
import { type Config, configOf } from './config.ts'
import type { Model, Task } from './file.ts'

/** What is asked for a model: the settings for its catalogue, the hub where there is one. */
export interface ModelSources {
  clients: Partial<Pick<Clients, 'serving' | 'huggingface'>>
  signal: AbortSignal
}

const isId = (words: string) => /^[\w.-]{1,96}\/[\w.-]{1,96}$/.test(words)
const shortName = (id: string) => id.split('/').at(-1) ?? id

/**
 * The model that is meant: of the catalogue, else by its id from the hub. A `config` (its config.json) stands in for the hub and wins
 * over the catalogue.
 * @throws ToolError not-found with similar models, and what to configure or to give where the hub cannot be asked
 */
export async function resolveModel(
  words: string,
  { clients, signal }: ModelSources,
  { config }: { config?: Config | undefined } = {},
): Promise<Model> {
  const catalogue = catalogueOf(clients.serving)
  const known = findModel(words, catalogue)
  if (config !== undefined) return fromConfig(known?.id ?? words, config, known)
  if (known) return known
  const similar = similarModels(words, catalogue)
  const didYouMean = similar.length > 0 ? `Did you mean ${similar.join(' or ')}? ` : ''
  const unknown = (message: string, next: string) =>
    new ToolError('not-found', message, {
      field: 'model',
      next: `${didYouMean}${next}`,
      details: { similar, known: catalogue().length },
      changed: 'nothing',
    })
  if (!isId(words))
    throw unknown(
      `No model is known as ${words.slice(0, 120)}`,
      similar.length > 0
        ? 'Any other goes by its Hugging Face id, owner/name'
        : 'Take one from list_models, or give a Hugging Face id, owner/name',
    )
  const hub = clients.huggingface
  if (!hub)
    throw unknown(
      `${words} is not in the catalogue, and no model hub is configured`,
      'Set QM_HUGGINGFACE_URL, add it to the file of QM_MODEL_CATALOGUE, or give its config.json as config to get_model',
    )
  try {
    const [meta, read] = await Promise.all([hub.model(words, signal), hub.config(words, signal)])
    return fromHub(meta, read)
  } catch (error) {
    if (!isToolError(error) || error.code === 'cancelled') throw error
    const isAway = /unreachable|timeout|garbage|upstream-error|rate-limited/.test(error.code)
    throw new ToolError(error.code, error.message, {
      ...error.options,
      field: 'model',
      next: isAway
        ? `${didYouMean}Set QM_HUGGINGFACE_URL to a hub that can be reached from here, or give its config.json as config to get_model`
        : `${didYouMean}${error.options.next}`,
      cause: error,
    })
  }
}

/** Sized by what somebody gave. */
function fromConfig(words: string, config: Config, known: Model | undefined): Model {
  const read = configOf(config)
  const paramsB = read.parameters / 1e9
  return {
    id: words,
    name: known?.name ?? shortName(words),
    description: known?.description ?? `${read.modelType}, sized from the config.json that was given`,
    task: known?.task ?? 'text-generation',
    paramsB,
    activeB: read.activeParameters / 1e9,
    contextLength: read.contextLength,
    engines: known?.engines ?? ['vllm', 'sglang', 'trtllm'],
    gated: known?.gated ?? false,
    ...(known?.license !== undefined && { license: known.license }),
    curated: false,
    weights: read.weights,
    architecture: read.architecture,
    source: 'given',
  }
}

const taskOf = ({ pipelineTag, tags }: HubModel): Task =>
  pipelineTag === 'fill-mask' ? 'fill-mask' : tags.includes('conversational') ? 'chat' : 'text-generation'

/** Files as they lie there count more than what the shapes say. */
export function fromHub(meta: HubModel, config: Config): Model {
  const read = configOf(config)
  const isPlain = read.weights.format === 'bf16' || read.weights.format === 'fp32'
  const parameters = isPlain && meta.parameters ? meta.parameters : read.parameters
  return {
    id: meta.id,
    name: shortName(meta.id),
    description: `${read.modelType} of the hub`,
    task: taskOf(meta),
    paramsB: parameters / 1e9,
    activeB: Math.min(parameters, read.activeParameters) / 1e9,
    contextLength: read.contextLength,
    engines: ['vllm', 'sglang', 'trtllm'],
    gated: meta.gated !== false,
    ...(meta.license !== undefined && { license: meta.license }),
    curated: false,
    weights: { ...read.weights, ...(meta.weightBytes !== undefined && { bytes: meta.weightBytes }) },
    architecture: read.architecture,
    note: `from the hub: whether an engine knows ${read.modelType} is not checked${meta.weightBytes === undefined ? '; its files tell no sizes, weights are counted from the shapes' : ''}`,
    source: 'hub',
  }
}
