import type { Boot } from './boot.ts'
import { kubeTime } from './time-text.ts'

/** The Services behind which the observability of a cluster stands. */
export const OBSERVABILITY = {
  prometheus: { namespace: 'monitoring', port: 9090 },
  alertmanager: { namespace: 'monitoring', port: 9093 },
  loki: { namespace: 'logging', port: 3100 },
  tempo: { namespace: 'tracing', port: 3200 },
} as const
export type ObservabilityName = keyof typeof OBSERVABILITY

export function seedServices(boot: Boot): void {
  const creationTimestamp = kubeTime(boot.cluster.bootMs - 35 * 86_400_000)
  for (const [name, { namespace, port }] of Object.entries(OBSERVABILITY)) {
    boot.object('services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace, creationTimestamp, labels: { app: name, 'app.kubernetes.io/name': name } },
      spec: {
        type: 'ClusterIP',
        clusterIP: `10.96.${port % 250}.10`,
        selector: { app: name },
        ports: [{ name: 'http', port, targetPort: port, protocol: 'TCP' }],
      },
    })
  }
}
