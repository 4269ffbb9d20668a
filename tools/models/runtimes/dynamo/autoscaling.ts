import type { KubeObject } from '../../../clients/kubernetes/types.ts'
import type { DeploymentConfig } from '../../config.ts'
import { componentObject, workersOf } from './names.ts'

/** Requests a worker has at once before another is added, where its engine's bound is not given. */
const defaultInFlight = 32

/**
 * One HorizontalPodAutoscaler for each worker component, on the adapter that the operator makes for it. It counts requests in flight,
 * which workers of all engines export; the cluster's custom metrics API must have it (prometheus-adapter with its default rules does).
 */
export function autoscalers(config: DeploymentConfig, options: { version: string; labels: Record<string, string> }) {
  const { autoscaling, name, namespace, maxSequences } = config
  if (!autoscaling || config.planner) return []
  const target = maxSequences === undefined ? defaultInFlight : Math.max(1, Math.floor(maxSequences * 0.8))
  return workersOf(config).map(
    (worker): KubeObject => ({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: componentObject(name, worker.name), namespace, labels: options.labels },
      spec: {
        scaleTargetRef: {
          apiVersion: `nvidia.com/${options.version}`,
          kind: 'DynamoGraphDeploymentScalingAdapter',
          name: componentObject(name, worker.name),
        },
        minReplicas: autoscaling.minReplicas,
        maxReplicas: autoscaling.maxReplicas,
        metrics: [
          {
            type: 'Pods',
            pods: {
              metric: { name: 'dynamo_component_inflight_requests' },
              target: { type: 'AverageValue', averageValue: String(target) },
            },
          },
        ],
        // A worker loads its weights for minutes: one that is taken away too soon is missed for long
        behavior: { scaleDown: { stabilizationWindowSeconds: 600 } },
      },
    }),
  )
}
