import type fc from 'fast-check'
import type { DeploymentConfig } from '../../config.ts'
import { anyConfig } from '../../testing-config.ts'
import { longestGroveName, longestName } from './names.ts'

const without = (config: DeploymentConfig, ...keys: (keyof DeploymentConfig)[]): DeploymentConfig =>
  Object.fromEntries(Object.entries(config).filter(([key]) => !keys.includes(key as keyof DeploymentConfig))) as never

/** The configuration without what Dynamo refuses of it; a name that is too long is cut to the limit. */
export function fitting(any: DeploymentConfig): DeploymentConfig {
  const { gpus, nodesPerReplica: nodes = 1, autoscaling: range, engine, mode } = any
  const config = without(
    any,
    ...(mode === 'aggregated' ? (['prefillReplicas'] as const) : []),
    ...(gpus % nodes === 0 ? [] : (['nodesPerReplica'] as const)),
    ...(engine === 'trtllm' ? (['quantization'] as const) : []),
    ...(range && any.planner && (engine !== 'trtllm' || mode === 'disaggregated')
      ? []
      : (['planner', 'goal'] as const)),
    ...(any.env && ('HF_TOKEN' in any.env || 'DYN_ROUTER_MODE' in any.env || 'HF_HOME' in any.env)
      ? (['env'] as const)
      : []),
  )
  const within = (count: number) => (range ? Math.min(Math.max(count, range.minReplicas), range.maxReplicas) : count)
  const most = (config.nodesPerReplica ?? 1) > 1 ? longestGroveName(config) : longestName(config)
  return {
    ...config,
    name: config.name.slice(0, most).replace(/-+$/, ''),
    replicas: within(config.replicas),
    ...(config.prefillReplicas !== undefined && { prefillReplicas: within(config.prefillReplicas) }),
  }
}

/** Configurations that Dynamo takes. */
export const fittingConfig: fc.Arbitrary<DeploymentConfig> = anyConfig.map(fitting)
