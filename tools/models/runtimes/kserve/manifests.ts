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
  volumesOf,
} from '../shared/pod.ts'

/** Mark of a predictor's pods. */
export const instanceLabel = 'serving.kserve.io/inferenceservice'

/**
 * An InferenceService whose predictor is our own container: the Hugging Face runtime of KServe brings a vLLM of its own
 * version, takes part of its options and answers under /openai, and knows neither SGLang nor TensorRT-LLM. Standard mode
 * makes a Deployment of it, so no Knative is needed and nothing cuts a long answer short. Shape: KServe 0.20.
 */
export function inferenceService(config: DeploymentConfig): KubeObject {
  const { name, namespace, autoscaling } = config
  const { command, args, file, metricsPath } = engineCommand(config)
  const { volumes, mounts } = volumesOf(config, file)
  const env = envOf(config)
  return {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: {
      name,
      namespace,
      labels: { ...labelsOf(config), ...queueLabel(config) },
      annotations: { 'serving.kserve.io/deploymentMode': 'Standard' },
    },
    spec: {
      predictor: {
        minReplicas: autoscaling?.minReplicas ?? config.replicas,
        maxReplicas: autoscaling?.maxReplicas ?? config.replicas,
        // Standard mode scales by processors or memory alone
        ...(autoscaling && { scaleMetric: 'cpu', scaleTarget: 80 }),
        labels: { ...labelsOf(config), ...queueLabel(config) },
        annotations: {
          'prometheus.io/scrape': 'true',
          'prometheus.io/port': String(enginePort),
          'prometheus.io/path': metricsPath,
          ...(file !== undefined && { [engineFileAnnotation]: file }),
        },
        deploymentStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
        ...placementOf(config, { [instanceLabel]: name }),
        enableServiceLinks: false,
        containers: [
          {
            name: 'kserve-container',
            image: config.image,
            command,
            args,
            ...(env.length > 0 && { env }),
            ports: [{ name: 'http1', containerPort: enginePort, protocol: 'TCP' }],
            resources: resourcesOf(config),
            ...probesOf(config, enginePort),
            volumeMounts: mounts,
          },
        ],
        volumes,
      },
    },
  }
}
