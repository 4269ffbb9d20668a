import type { DeploymentConfig } from '../../config.ts'

/**
 * What the planner is told on its command line: with latencies to hold it scales by them, without by queues and caches. It needs no
 * profile of the model for either. Source: Dynamo v1.6, components/src/dynamo/planner/config.
 */
export function plannerConfig(config: DeploymentConfig): Record<string, unknown> {
  const { engine, mode, gpus, goal, autoscaling } = config
  const isGoal = goal?.ttftMs !== undefined || goal?.itlMs !== undefined
  const parts = mode === 'disaggregated' ? 2 : 1
  return {
    environment: 'kubernetes',
    backend: engine,
    mode: mode === 'disaggregated' ? 'disagg' : 'agg',
    optimization_target: isGoal ? 'sla' : 'throughput',
    enable_load_scaling: true,
    enable_throughput_scaling: false,
    pre_deployment_sweeping_mode: 'none',
    ...(goal?.ttftMs !== undefined && { ttft: goal.ttftMs }),
    ...(goal?.itlMs !== undefined && { itl: goal.itlMs }),
    ...(autoscaling && {
      min_endpoint: autoscaling.minReplicas,
      max_gpu_budget: autoscaling.maxReplicas * gpus * parts,
    }),
  }
}
