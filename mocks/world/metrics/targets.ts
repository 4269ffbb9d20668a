import { alertsOf, stateAt } from '../alerts.ts'
import { stepAt } from '../history.ts'
import type { Series } from '../samples.ts'
import type { Family, Scene } from './family.ts'
import { portOf } from './servers.ts'

/** The pods that Prometheus scrapes, by the label that says what they are, and on which port. */
const SCRAPED: Record<string, { job: string; port: number }> = {
  'node-exporter': { job: 'node-exporter', port: 9100 },
  'nvidia-dcgm-exporter': { job: 'nvidia-dcgm-exporter', port: 9400 },
  'kube-state-metrics': { job: 'kube-state-metrics', port: 8080 },
  prometheus: { job: 'prometheus', port: 9090 },
  alertmanager: { job: 'alertmanager', port: 9093 },
  coredns: { job: 'coredns', port: 9153 },
}

function* upSeries({ cluster, history, serving, startMs }: Scene): Iterable<Series> {
  for (const plan of cluster.plans) {
    yield {
      labels: { __name__: 'up', job: 'kubelet', instance: `${plan.ip}:10250`, node: plan.name },
      at: (atMs) => (atMs < startMs ? undefined : 1),
    }
  }
  for (const record of history.records()) {
    const { pod } = record
    const info = serving.infoOf(pod)
    const target =
      SCRAPED[pod.metadata.labels?.app ?? ''] ??
      (info && { job: `${pod.metadata.namespace}/${info.graph}`, port: portOf(pod, info) })
    if (!target || !pod.status.podIP) continue
    yield {
      labels: {
        __name__: 'up',
        job: target.job,
        instance: `${pod.status.podIP}:${target.port}`,
        namespace: pod.metadata.namespace ?? '',
        pod: pod.metadata.name,
      },
      at(atMs) {
        const step = atMs < startMs ? undefined : stepAt(record, atMs)
        return step && step.phase === 'Running' ? Number(step.ready) : undefined
      },
    }
  }
}

function* alertSeries({ cluster, history, troubles, startMs }: Scene): Iterable<Series> {
  for (const alert of alertsOf({ cluster, history, troubles })) {
    // Prometheus' own rules do not know the cluster's name: that is an external label.
    const { cluster: _external, ...labels } = alert.labels
    for (const alertstate of ['pending', 'firing'] as const) {
      yield {
        labels: { __name__: 'ALERTS', ...labels, alertstate },
        at: (atMs) => (atMs >= startMs && stateAt(alert, atMs) === alertstate ? 1 : undefined),
      }
    }
  }
}

export const TARGET_FAMILIES: Family[] = [
  { name: 'up', type: 'gauge', help: 'Whether the last scrape of the target succeeded.', series: upSeries },
  { name: 'ALERTS', type: 'gauge', help: 'Alerts that are pending or firing.', series: alertSeries },
]
