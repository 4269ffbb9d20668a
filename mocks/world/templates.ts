import type { Container, Draft, PodTemplate, Toleration } from './kube-types.ts'
import { kubeTime } from './time-text.ts'

export interface TemplateInput {
  image: string
  container?: string
  labels: Record<string, string>
  cpu?: string
  memory?: string
  gpus?: number
  command?: string[]
  args?: string[]
  env?: Container['env']
  ports?: Container['ports']
  nodeSelector?: Record<string, string>
  tolerations?: Toleration[]
  hostNetwork?: boolean
}

/** A pod template with one container; requests equal limits for memory, CPU has no limit, as most clusters run. */
export function podTemplate(input: TemplateInput): PodTemplate {
  const { cpu = '100m', memory = '128Mi', gpus = 0 } = input
  const gpu: Record<string, string> = gpus > 0 ? { 'nvidia.com/gpu': String(gpus) } : {}
  return {
    metadata: { labels: input.labels },
    spec: {
      containers: [
        {
          name: input.container ?? 'main',
          image: input.image,
          ...(input.command ? { command: input.command } : {}),
          ...(input.args ? { args: input.args } : {}),
          ...(input.env ? { env: input.env } : {}),
          ...(input.ports ? { ports: input.ports } : {}),
          resources: { requests: { cpu, memory, ...gpu }, limits: { memory, ...gpu } },
        },
      ],
      ...(input.nodeSelector ? { nodeSelector: input.nodeSelector } : {}),
      ...(input.tolerations ? { tolerations: input.tolerations } : {}),
      ...(input.hostNetwork ? { hostNetwork: true } : {}),
    },
  }
}

export interface WorkloadInput {
  kind: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Job'
  namespace: string
  name: string
  createdMs: number
  template: PodTemplate
  replicas?: number
}

export const RESOURCE_OF: Record<WorkloadInput['kind'], string> = {
  Deployment: 'deployments.apps',
  StatefulSet: 'statefulsets.apps',
  DaemonSet: 'daemonsets.apps',
  Job: 'jobs.batch',
}

/** A workload object around a pod template. */
export function workloadDraft({ kind, namespace, name, createdMs, template, replicas = 1 }: WorkloadInput): Draft {
  const labels = template.metadata?.labels ?? {}
  const count =
    kind === 'DaemonSet'
      ? {}
      : kind === 'Job'
        ? { completions: replicas, parallelism: replicas, backoffLimit: 6 }
        : { replicas }
  return {
    apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1',
    kind,
    metadata: { name, namespace, labels, creationTimestamp: kubeTime(createdMs) },
    spec: {
      ...count,
      selector: { matchLabels: labels },
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      ...(kind === 'Deployment' ? { progressDeadlineSeconds: 600, revisionHistoryLimit: 10 } : {}),
      template,
    },
  }
}
