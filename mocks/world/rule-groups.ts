interface AlertingRule {
  alert: string
  expr: string
  forMs?: number
  labels: Record<string, string>
  annotations: Record<string, string>
}

/** The alerting rules that Prometheus has loaded, in the shape its mock takes. Their alerts are the ones of `alerts.ts`. */
export const RULE_GROUPS: { name: string; file: string; intervalMs: number; rules: AlertingRule[] }[] = [
  {
    name: 'general.rules',
    file: '/etc/prometheus/rules/general.yaml',
    intervalMs: 30_000,
    rules: [
      {
        alert: 'Watchdog',
        expr: 'vector(1)',
        labels: { severity: 'none' },
        annotations: { summary: 'An alert that should always be firing.' },
      },
    ],
  },
  {
    name: 'kubernetes-apps',
    file: '/etc/prometheus/rules/kubernetes-apps.yaml',
    intervalMs: 30_000,
    rules: [
      {
        alert: 'KubePodCrashLooping',
        expr: 'max_over_time(kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}[5m]) >= 1',
        forMs: 60_000,
        labels: { severity: 'warning' },
        annotations: { summary: 'Pod is crash looping.' },
      },
      {
        alert: 'KubeContainerWaiting',
        expr: 'kube_pod_container_status_waiting_reason{reason="ImagePullBackOff"} > 0',
        forMs: 60_000,
        labels: { severity: 'warning' },
        annotations: { summary: 'Pod container waiting longer than expected.' },
      },
    ],
  },
  {
    name: 'gpu',
    file: '/etc/prometheus/rules/gpu.yaml',
    intervalMs: 30_000,
    rules: [
      {
        alert: 'GpuXidError',
        expr: 'DCGM_FI_DEV_XID_ERRORS > 0',
        labels: { severity: 'critical', xid: '{{ $value }}' },
        annotations: { summary: 'GPU reported an XID error.' },
      },
      {
        alert: 'GpuHighTemperature',
        expr: 'DCGM_FI_DEV_GPU_TEMP > 88',
        forMs: 300_000,
        labels: { severity: 'warning' },
        annotations: { summary: 'GPU runs hot.' },
      },
    ],
  },
  {
    name: 'serving',
    file: '/etc/prometheus/rules/serving.yaml',
    intervalMs: 30_000,
    rules: [
      {
        alert: 'ModelKvCacheFull',
        expr: 'max by (namespace, job, model_name) (vllm:kv_cache_usage_perc) > 0.97',
        forMs: 30_000,
        labels: { severity: 'critical' },
        annotations: { summary: 'KV cache of a served model is full; requests queue and are preempted.' },
      },
    ],
  },
]
