import * as z from 'zod'
import { alertmanagerConfig } from './alertmanager/config.ts'
import { huggingfaceConfig } from './huggingface/config.ts'
import { kubernetesConfig } from './kubernetes/config.ts'
import { lokiConfig } from './loki/config.ts'
import { prometheusConfig } from './prometheus/config.ts'
import { metricWatch, queryGuardConfig } from './prometheus/settings.ts'
import { qubicConfig } from './qubic/config.ts'
import { rayConfig } from './ray/config.ts'
import { tempoConfig } from './tempo/config.ts'
import { llmConfig, modelConfig } from './vllm/config.ts'

/** FLT-005 */
export const clusterName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, 'must be 3 to 63 of a-z, 0-9 and -, with no - at either end')

/** GPU-010 */
const gpuConfig = z
  .strictObject({
    driverNamespace: z
      .string()
      .min(1)
      .optional()
      .describe('Namespace of the driver pods; the usual ones are looked at always'),
    driverDaemonset: z.string().min(1).optional().describe('Their daemonset; default: nvidia-driver-daemonset'),
    kernelLogs: z
      .string()
      .regex(/^\{.+\}$/, 'must be a LogQL selector such as {job="systemd-journal"}')
      .optional()
      .describe(
        'LogQL selector of the kernel logs of its nodes; default: any job named after journal, kernel, kmsg, dmesg or syslog',
      ),
  })
  .describe('Where its GPUs are read')

export const clusterConfig = z
  .strictObject({
    name: clusterName.describe('Name of the cluster, unique'),
    displayName: z.string().min(1).max(200).optional().describe('Name for people; default: name'),
    type: z.enum(['hub', 'spoke', 'edge', 'far-edge']).optional().describe('Its place in the fleet; default: spoke'),
    environment: z
      .enum(['production', 'staging', 'development', 'lab'])
      .optional()
      .describe('What it is for; default: production'),
    region: z.string().min(1).optional().describe('Where it is'),
    labels: z.record(z.string(), z.string()).optional().describe('Labels to select clusters by'),
    kubernetes: kubernetesConfig.optional(),
    prometheus: prometheusConfig.optional(),
    alertmanager: alertmanagerConfig.optional(),
    loki: lokiConfig.optional(),
    tempo: tempoConfig.optional(),
    gpu: gpuConfig.optional(),
  })
  .describe('One cluster of the fleet')

const priceConfig = z
  .strictObject({
    source: z.string().min(1).describe('Where the prices come from'),
    asOf: z.iso.date().describe('Day they are of, YYYY-MM-DD'),
    gpuHourUsdCents: z
      .record(z.string(), z.int().min(0))
      .describe('Price of one GPU hour in US cents by GPU model, for example { "H100": 250 }'),
  })
  .describe('Price list for estimates; without it there are none')

const alertsConfig = z
  .strictObject({
    keepDays: z.int().min(1).max(3650).default(30).describe('Days that alerts which are over are kept; default 30'),
  })
  .describe('What is remembered of alerts')

const servingConfig = z
  .strictObject({
    maxReplicas: z.int().min(1).max(1000).default(10).describe('Replicas one model deployment may have; default 10'),
  })
  .describe('How models are served')

function unique(what: string, names: readonly string[], context: z.RefinementCtx): void {
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) === index) continue
    context.addIssue({ code: 'custom', path: [what, index, 'name'], message: `"${name}" is there twice` })
  }
}

/** Everything outside, as the configuration file has it. Unknown keys are refused. */
export const clientsConfig = z
  .strictObject({
    clusters: z.array(clusterConfig).default([]).describe('Clusters of the fleet'),
    ray: z.array(rayConfig).default([]).describe('Ray clusters reached by their dashboard'),
    qubic: qubicConfig.optional(),
    alerts: alertsConfig.prefault({}),
    serving: servingConfig.prefault({}),
    prices: priceConfig.optional(),
    queryGuard: queryGuardConfig.optional(),
    metricWatches: z.array(metricWatch).optional().describe('Expressions whose changes become events; default: none'),
    llm: llmConfig.optional(),
    models: z.array(modelConfig).optional().describe('Further model endpoints of the chat, in the order of asking'),
    huggingface: huggingfaceConfig.optional(),
  })
  .superRefine(({ clusters, ray, metricWatches, models }, context) => {
    unique(
      'clusters',
      clusters.map(({ name }) => name),
      context,
    )
    unique('metricWatches', metricWatches?.map(({ name }) => name) ?? [], context)
    unique('models', models?.map(({ name }) => name) ?? [], context)
    unique(
      'ray',
      ray.map(({ name }) => name),
      context,
    )
  })
export type ClientsConfig = z.output<typeof clientsConfig>
export type ClusterConfig = z.output<typeof clusterConfig>
