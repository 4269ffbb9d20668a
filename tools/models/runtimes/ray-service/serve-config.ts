import { createRequire } from 'node:module'
import type { DeploymentConfig } from '../../config.ts'
import { modelSource } from '../shared/engine-command.ts'
import { countOf, listOf, recordOf, textOf } from '../shared/read.ts'
import { engineKwargs } from './engine-kwargs.ts'

const yaml = () => createRequire(import.meta.url)('yaml') as typeof import('yaml')

const builder = 'ray.serve.llm:build_openai_app'

/** The text of serveConfigV2: one application that answers the OpenAI API for one model. */
export function serveConfig(config: DeploymentConfig): string {
  const { autoscaling, replicas } = config
  const llm = {
    model_loading_config: { model_id: config.servedModelName, model_source: modelSource(config) },
    engine_kwargs: engineKwargs(config),
    deployment_config: autoscaling
      ? { autoscaling_config: { min_replicas: autoscaling.minReplicas, max_replicas: autoscaling.maxReplicas } }
      : { num_replicas: replicas },
  }
  const application = { name: 'llm', import_path: builder, route_prefix: '/', args: { llm_configs: [llm] } }
  return yaml().stringify({ applications: [application] }, { lineWidth: 0 })
}

export interface ServedLlm {
  /** Of its application */
  application: string
  routePrefix: string
  model?: string
  servedModelName?: string
  gpus?: number
  replicas: number
  bounds?: { min: number; max: number }
}

/** Applications of such a text; an empty list where it is none. */
function applicationsOf(text: unknown): Record<string, unknown>[] {
  if (typeof text !== 'string') return []
  try {
    return listOf(recordOf(yaml().parse(text, { logLevel: 'silent' })).applications).map(recordOf)
  } catch {
    return []
  }
}

/** The language model that a text serves: Ray's own builder, or a program of somebody's that is told its model. */
export function readServeConfig(text: unknown): ServedLlm | undefined {
  for (const application of applicationsOf(text)) {
    const where = {
      application: textOf(application.name) ?? 'default',
      routePrefix: textOf(application.route_prefix) ?? '/',
    }
    const path = textOf(application.import_path) ?? ''
    if (path.startsWith('ray.serve.llm')) return { ...where, ...builtOf(application) }
    const own = ownProgram(application, path)
    if (own) return { ...where, ...own }
  }
  return undefined
}

function builtOf({ args }: Record<string, unknown>) {
  const first = listOf(recordOf(args).llm_configs)[0] ?? listOf(recordOf(args).llm_config)[0]
  const { model_loading_config, engine_kwargs, deployment_config } = recordOf(first)
  const { model_id, model_source } = recordOf(model_loading_config)
  const { tensor_parallel_size, pipeline_parallel_size } = recordOf(engine_kwargs)
  const { num_replicas, autoscaling_config } = recordOf(deployment_config)
  const { min_replicas, max_replicas } = recordOf(autoscaling_config)
  const max = countOf(max_replicas)
  const min = countOf(min_replicas) ?? 1
  const served = textOf(model_id)
  const source = textOf(model_source) ?? served
  return {
    ...(source !== undefined && { model: source }),
    ...(served !== undefined && { servedModelName: served }),
    ...(first !== undefined && {
      gpus: (countOf(tensor_parallel_size) ?? 1) * (countOf(pipeline_parallel_size) ?? 1),
    }),
    replicas: countOf(num_replicas) ?? min,
    ...(max !== undefined && { bounds: { min, max } }),
  }
}

/** As the samples of KubeRay do: a module about a language model whose name is in its environment. */
function ownProgram(application: Record<string, unknown>, path: string) {
  const variables = recordOf(recordOf(application.runtime_env).env_vars)
  const model = textOf(variables.MODEL_ID) ?? textOf(recordOf(application.args).model)
  if (model === undefined || !/llm|openai/i.test(path)) return undefined
  return {
    model,
    servedModelName: model,
    replicas: countOf(recordOf(listOf(application.deployments)[0]).num_replicas) ?? 1,
  }
}

/** The same text with other numbers of replicas. */
export function withReplicas(text: string, wanted: { min: number; max: number }): string {
  const config = recordOf(yaml().parse(text))
  for (const application of listOf(config.applications).map(recordOf))
    for (const llm of listOf(recordOf(application.args).llm_configs).map(recordOf)) {
      const deployment = recordOf(llm.deployment_config)
      const scaling = recordOf(deployment.autoscaling_config)
      llm.deployment_config =
        countOf(scaling.max_replicas) === undefined
          ? { ...deployment, num_replicas: wanted.min }
          : { ...deployment, autoscaling_config: { ...scaling, min_replicas: wanted.min, max_replicas: wanted.max } }
    }
  return yaml().stringify(config, { lineWidth: 0 })
}
