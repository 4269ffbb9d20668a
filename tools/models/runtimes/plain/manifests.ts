import type { KubeObject } from '../../../clients/kubernetes/types.ts'
import type { DeploymentConfig } from '../../config.ts'
import { engineCommand, enginePort } from '../shared/engine-command.ts'
import {
  engineFileAnnotation,
  envOf,
  labelsOf,
  placementOf,
  probesOf,
  queueLabel,
  resourcesOf,
  startupSeconds,
  volumesOf,
} from '../shared/pod.ts'

const container = 'engine'

/**
 * The Service has the name of the deployment. Operators add a word to theirs (`-frontend`, `-predictor`, `-serve-svc`), so
 * it meets none of them. A Service may not begin with a digit, as a Deployment may.
 */
export const serviceName = (name: string): string =>
  /^[a-z]/.test(name) ? name : `m-${name}`.slice(0, 63).replace(/-+$/, '')

/** `instance` alone would also match pods of an operator's deployment with the same name. */
const selectorOf = (config: DeploymentConfig) => ({
  'app.kubernetes.io/instance': config.name,
  'app.kubernetes.io/component': 'engine',
})

/** A number per pod that says that one more is needed, by the engine's own name for it. */
const pressure: Record<DeploymentConfig['engine'], { metric: string; target: string }> = {
  vllm: { metric: 'vllm:num_requests_waiting', target: '5' },
  sglang: { metric: 'sglang:num_queue_reqs', target: '5' },
  trtllm: { metric: 'trtllm_kv_cache_utilization', target: '800m' },
}

/** Deployment, Service and, where it scales by itself, a HorizontalPodAutoscaler: what a cluster without any operator has. */
export function plainManifests(config: DeploymentConfig): KubeObject[] {
  const objects = [deployment(config), service(config)]
  return config.autoscaling ? [...objects, autoscaler(config, config.autoscaling)] : objects
}

function deployment(config: DeploymentConfig): KubeObject {
  const { name, namespace, image } = config
  const { command, args, file, metricsPath } = engineCommand(config)
  const { volumes, mounts } = volumesOf(config, file)
  const labels = { ...labelsOf(config), ...selectorOf(config) }
  const env = envOf(config)
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels: { ...labels, ...queueLabel(config) } },
    spec: {
      // Whoever scales it owns the number
      ...(config.autoscaling === undefined && { replicas: config.replicas }),
      selector: { matchLabels: selectorOf(config) },
      // A new replica beside the old ones would need GPUs that are not there
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      progressDeadlineSeconds: startupSeconds(config) + 600,
      template: {
        metadata: {
          labels,
          annotations: {
            'prometheus.io/scrape': 'true',
            'prometheus.io/port': String(enginePort),
            'prometheus.io/path': metricsPath,
            ...(file !== undefined && { [engineFileAnnotation]: file }),
          },
        },
        spec: {
          ...placementOf(config, selectorOf(config)),
          // A Service named vllm would become VLLM_PORT, which the engine takes for its own
          enableServiceLinks: false,
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 60,
          containers: [
            {
              name: container,
              image,
              command,
              args,
              ...(env.length > 0 && { env }),
              ports: [{ name: 'http', containerPort: enginePort }],
              resources: resourcesOf(config),
              ...probesOf(config),
              volumeMounts: mounts,
            },
          ],
          volumes,
        },
      },
    },
  }
}

const service = (config: DeploymentConfig): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: serviceName(config.name), namespace: config.namespace, labels: labelsOf(config) },
  spec: {
    type: 'ClusterIP',
    selector: selectorOf(config),
    ports: [{ name: 'http', port: enginePort, targetPort: 'http', protocol: 'TCP' }],
  },
})

/**
 * By the engine's queue and not by its processors, which are busy with one request as with fifty. It needs a metrics
 * adapter; without one it says so in its conditions and leaves the replicas alone.
 */
function autoscaler(config: DeploymentConfig, bounds: NonNullable<DeploymentConfig['autoscaling']>): KubeObject {
  const { metric, target } = pressure[config.engine]
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: config.name, namespace: config.namespace, labels: labelsOf(config) },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: config.name },
      minReplicas: bounds.minReplicas,
      maxReplicas: bounds.maxReplicas,
      metrics: [
        { type: 'Pods', pods: { metric: { name: metric }, target: { type: 'AverageValue', averageValue: target } } },
      ],
      // Weights take minutes to load: a replica that was taken away is missed for long
      behavior: { scaleDown: { stabilizationWindowSeconds: 600 } },
    },
  }
}
