import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StartedWorld, startWorld } from './main.ts'
import { fetchJson, type Json, TEST_START_MS } from './testing.ts'

let started: StartedWorld
const podsPerCluster = { hub: 120, 'gpu-east': 330, 'gpu-west': 330, 'edge-lab': 130 }

beforeAll(async () => {
  started = await startWorld({ clock: () => TEST_START_MS, tickMs: 0, podsPerCluster })
})
afterAll(() => started.close())

const cluster = (name: string) => started.config.clusters.find((one) => one.name === name)!
const control = (method: string, path: string, body?: unknown) =>
  fetchJson(started.controlUrl + path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
const query = async (name: string, promql: string) =>
  (await fetchJson(`${cluster(name).prometheus.url}/api/v1/query?query=${encodeURIComponent(promql)}`)).body.data
    .result as Json[]
const loki = async (name: string, logql: string, limit = 50) =>
  (
    await fetchJson(
      `${cluster(name).loki.url}/loki/api/v1/query_range?limit=${limit}&query=${encodeURIComponent(logql)}`,
    )
  ).body.data.result as Json[]
const alerts = async (name: string, alertname: string) =>
  (await fetchJson(`${cluster(name).alertmanager.url}/api/v2/alerts?filter=alertname%3D"${alertname}"`)).body as Json[]

describe('the started world', () => {
  it('gives a configuration that reaches everything, on loopback only', async () => {
    const { config } = started
    expect(config.clusters.map((one) => one.name)).toEqual(['hub', 'gpu-east', 'gpu-west', 'edge-lab'])
    const urls = JSON.stringify(config).match(/http:\/\/[^"/]+/g) ?? []
    expect(urls.length).toBeGreaterThan(18)
    expect(urls.every((url) => /^http:\/\/127\.0\.0\.1:\d+$/.test(url))).toBe(true)
    expect(config.ray.map((one) => one.name)).toEqual(['ray-train', 'ray-batch', 'ray-lab'])
    expect(config.prices.gpuHourUsdCents['NVIDIA H100 80GB HBM3']).toBe(295)
    const state = (await control('GET', '/state')).body
    expect(state.clusters.map((one: Json) => one.gpus)).toEqual([0, 112, 112, 16])
  })

  it('answers PromQL over its own past', async () => {
    const promql =
      'histogram_quantile(0.95, sum by (le, model_name) (rate(vllm:time_to_first_token_seconds_bucket[5m])))'
    const rows = await query('gpu-east', promql)
    expect(rows.length).toBe(10)
    for (const row of rows) {
      expect(Number(row.value[1])).toBeGreaterThan(0.01)
      expect(Number(row.value[1])).toBeLessThan(10)
    }
    const busy = await query('gpu-east', 'count(DCGM_FI_DEV_GPU_UTIL{exported_pod!=""})')
    expect(busy[0].value[1]).toBe('82')
  })

  it('has rules whose alerts are those of Alertmanager', async () => {
    const { groups } = (await fetchJson(`${cluster('gpu-west').prometheus.url}/api/v1/rules`)).body.data
    const xid = groups.flatMap((group: Json) => group.rules).find((rule: Json) => rule.name === 'GpuXidError')
    const [alert] = await alerts('gpu-west', 'GpuXidError')
    expect(xid.alerts.map((one: Json) => one.labels.UUID)).toEqual([alert.labels.UUID])
  })

  it('carries the Ray head through the API server’s proxy too', async () => {
    const direct = await fetchJson(`${started.config.ray[0]?.dashboardUrl}/api/jobs/`)
    const proxied = await fetchJson(
      `${cluster('gpu-east').kubernetes.url}/api/v1/namespaces/ray/services/ray-train-head-svc:8265/proxy/api/jobs/`,
    )
    expect(direct.status).toBe(200)
    expect(direct.body.length).toBe(3)
    expect(proxied.body).toEqual(direct.body)
  })
})

describe('one sick GPU', () => {
  it('is told alike by metrics, alerts, kernel log, pod log, node and pod, and heals', async () => {
    const fault = (await control('POST', '/faults', { kind: 'xid79', target: { cluster: 'gpu-east' } })).body
    expect(fault).toMatchObject({ kind: 'xid', xid: 79, cluster: 'gpu-east', namespace: 'inference' })
    await control('POST', '/tick', { seconds: 60 })

    const xid = await query('gpu-east', 'DCGM_FI_DEV_XID_ERRORS == 79')
    expect(xid.length).toBe(1)
    expect(xid[0].metric).toMatchObject({ UUID: fault.gpuUuid, Hostname: fault.node, gpu: String(fault.gpuIndex) })
    expect(await query('gpu-east', `DCGM_FI_DEV_GPU_UTIL{UUID="${fault.gpuUuid}"}`)).toEqual([])
    const [alert] = await alerts('gpu-east', 'GpuXidError')
    expect(alert.labels).toMatchObject({ UUID: fault.gpuUuid, Hostname: fault.node, severity: 'critical' })
    const kernel = await loki('gpu-east', `{job="systemd-journal", node="${fault.node}"} |= "Xid"`)
    expect(kernel[0].values[0][1]).toMatch(/^NVRM: Xid \(PCI:0000:..:00\): 79, .*fallen off the bus\.$/)
    expect(
      (await loki('gpu-east', `{pod="${fault.app}"} |~ "EngineDeadError|died unexpectedly"`)).length,
    ).toBeGreaterThan(0)

    const { url } = cluster('gpu-east').kubernetes
    const node = (await fetchJson(`${url}/api/v1/nodes/${fault.node}`)).body
    expect(node.status.allocatable['nvidia.com/gpu']).toBe('7')
    expect(node.status.conditions.find((one: Json) => one.type === 'SysLogsXIDError')).toMatchObject({ status: 'True' })
    const pod = (await fetchJson(`${url}/api/v1/namespaces/inference/pods/${fault.app}`)).body
    expect(pod.status.containerStatuses[0].restartCount).toBeGreaterThan(0)
    expect(pod.status.conditions.find((one: Json) => one.type === 'Ready').status).toBe('False')
    const events = (await fetchJson(`${url}/api/v1/events?fieldSelector=involvedObject.name=${fault.node}`)).body.items
    expect(events.some((one: Json) => one.reason === 'SysLogsXIDError')).toBe(true)

    expect((await control('DELETE', `/faults/${fault.id}`)).status).toBe(200)
    await control('POST', '/tick', { seconds: 60 })
    expect(await alerts('gpu-east', 'GpuXidError')).toEqual([])
    expect((await query('gpu-east', `DCGM_FI_DEV_GPU_UTIL{UUID="${fault.gpuUuid}"}`)).length).toBe(1)
    const healed = (await fetchJson(`${url}/api/v1/namespaces/inference/pods/${fault.app}`)).body
    expect(healed.status.conditions.find((one: Json) => one.type === 'Ready').status).toBe('True')
    expect((await control('DELETE', `/faults/${fault.id}`)).status).toBe(404)
  })
})

describe('other faults', () => {
  const clear = async (id: string) => {
    await control('DELETE', `/faults/${id}`)
    await control('POST', '/tick', { seconds: 60 })
  }

  it('oom-loop: pods are killed for memory, again and again', async () => {
    const fault = (await control('POST', '/faults', { kind: 'oom-loop', target: { cluster: 'gpu-west' } })).body
    await control('POST', '/tick', { seconds: 200 })
    const pods = (
      await fetchJson(
        `${cluster('gpu-west').kubernetes.url}/api/v1/namespaces/${fault.namespace}/pods?labelSelector=app=${fault.app}`,
      )
    ).body.items
    expect(pods.length).toBeGreaterThan(1)
    for (const pod of pods) {
      expect(pod.status.containerStatuses[0].lastState.terminated).toMatchObject({ reason: 'OOMKilled', exitCode: 137 })
    }
    const restarts = await query(
      'gpu-west',
      `sum(increase(kube_pod_container_status_restarts_total{pod=~"${fault.app}-.*"}[3m]))`,
    )
    expect(Number(restarts[0].value[1])).toBeGreaterThan(1)
    expect((await alerts('gpu-west', 'KubeContainerOOMKilled')).map((one) => one.labels.app)).toContain(fault.app)
    await clear(fault.id)
    await control('POST', '/tick', { seconds: 400 })
    const after = (
      await fetchJson(
        `${cluster('gpu-west').kubernetes.url}/api/v1/namespaces/${fault.namespace}/pods?labelSelector=app=${fault.app}`,
      )
    ).body.items
    expect(after.every((pod: Json) => pod.status.containerStatuses[0].ready)).toBe(true)
  })

  it('kv-cache-full: usage, waiting, preemptions and time to first token rise together', async () => {
    const ttft = (model: string) =>
      query(
        'gpu-east',
        `histogram_quantile(0.95, sum by (le) (rate(vllm:time_to_first_token_seconds_bucket{model_name="${model}"}[2m])))`,
      )
    const model = 'openai/gpt-oss-120b'
    const before = Number((await ttft(model))[0].value[1])
    const fault = (await control('POST', '/faults', { kind: 'kv-cache-full', target: { model } })).body
    await control('POST', '/tick', { seconds: 180 })
    expect(
      Number((await query('gpu-east', `min(vllm:kv_cache_usage_perc{model_name="${model}"})`))[0].value[1]),
    ).toBeGreaterThan(0.97)
    expect(
      Number((await query('gpu-east', `sum(rate(vllm:num_preemptions_total{model_name="${model}"}[2m]))`))[0].value[1]),
    ).toBeGreaterThan(0)
    expect(Number((await ttft(model))[0].value[1])).toBeGreaterThan(before * 5)
    expect((await alerts('gpu-east', 'ModelKvCacheFull'))[0].labels.model_name).toBe(model)
    expect(
      (await loki('gpu-east', `{namespace="inference", app="${fault.app}"} |= "preempted"`)).length,
    ).toBeGreaterThan(0)
    await clear(fault.id)
  })

  it('failed-rollout: the new ReplicaSet cannot pull, and healing rolls it back', async () => {
    const fault = (await control('POST', '/faults', { kind: 'failed-rollout' })).body
    await control('POST', '/tick', { seconds: 120 })
    const path = `${cluster('gpu-east').kubernetes.url}/apis/apps/v1/namespaces/${fault.namespace}/deployments/${fault.app}`
    const stuck = (await fetchJson(path)).body
    expect(stuck.status.conditions.find((one: Json) => one.type === 'Progressing')).toMatchObject({
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
    })
    expect((await alerts('gpu-east', 'KubeDeploymentRolloutStuck'))[0].labels.deployment).toBe(fault.app)
    await clear(fault.id)
    const healed = (await fetchJson(path)).body
    expect(healed.status.conditions.find((one: Json) => one.type === 'Progressing')).toMatchObject({
      status: 'True',
      reason: 'NewReplicaSetAvailable',
    })
    expect(healed.status.readyReplicas).toBe(healed.spec.replicas)
  })

  it('dead-cluster: none of its servers answers, the hub says so, the others go on', async () => {
    const fault = (await control('POST', '/faults', { kind: 'dead-cluster', target: { cluster: 'edge-lab' } })).body
    for (const { url } of [cluster('edge-lab').kubernetes, cluster('edge-lab').prometheus, cluster('edge-lab').loki]) {
      await expect(fetch(`${url}/version`)).rejects.toThrow()
    }
    expect((await alerts('hub', 'ClusterUnreachable'))[0].labels.target_cluster).toBe('edge-lab')
    expect((await fetchJson(`${cluster('hub').kubernetes.url}/version`)).status).toBe(200)
    await clear(fault.id)
    expect((await fetchJson(`${cluster('edge-lab').kubernetes.url}/version`)).status).toBe(200)
    const watch = await fetch(`${cluster('edge-lab').kubernetes.url}/api/v1/pods?watch=1`)
    const again = (await control('POST', '/faults', { kind: 'dead-cluster', target: { cluster: 'edge-lab' } })).body
    await expect(watch.text()).rejects.toThrow()
    await clear(again.id)
  })

  it('stuck-ray-job: a job waits for more GPUs than there are', async () => {
    const fault = (await control('POST', '/faults', { kind: 'stuck-ray-job' })).body
    await control('POST', '/tick', { seconds: 300 })
    const job = (await fetchJson(`${started.config.ray[0]?.dashboardUrl}/api/jobs/${fault.rayJob}`)).body
    expect(job).toMatchObject({ status: 'PENDING', driver_info: null })
    const status = await fetchJson(`${started.config.ray[0]?.dashboardUrl}/api/cluster_status?format=1`)
    expect(status.body.data.clusterStatus).toContain("{'GPU': 64.0}: 1+ pending tasks/actors")
    await clear(fault.id)
  })

  it('refuses what it does not know', async () => {
    expect((await control('POST', '/faults', { kind: 'meteor' })).status).toBe(400)
    expect(
      (await control('POST', '/faults', { kind: 'xid79', target: { cluster: 'gpu-east', node: 'none' } })).body.error,
    ).toBe('no such GPU in gpu-east')
    expect((await control('POST', '/tick', { seconds: -1 })).status).toBe(400)
    expect((await control('GET', '/nowhere')).status).toBe(404)
  })
})

describe('faults of the wire', () => {
  it('plays each for one server, path and number of times, and then no more', async () => {
    const { url } = cluster('gpu-west').kubernetes
    const once = async (mode: string, options: Record<string, unknown> = {}) => {
      await control('POST', '/http-faults', {
        server: 'kubernetes',
        cluster: 'gpu-west',
        mode,
        path: '/api/v1/nodes',
        times: 1,
        ...options,
      })
      return fetch(`${url}/api/v1/nodes`)
    }
    const limited = await once('429')
    expect(limited.status).toBe(429)
    expect(limited.headers.get('retry-after')).toBe('1')
    expect(((await limited.json()) as Json).reason).toBe('TooManyRequests')
    expect((await once('401')).status).toBe(401)
    expect((await once('503')).status).toBe(503)
    expect(await (await once('garbage')).text()).toContain('<html>')
    await expect(once('half').then((response) => response.text())).rejects.toThrow()
    await expect(once('refuse')).rejects.toThrow()
    expect((await once('slow', { delayMs: 5 })).status).toBe(200)
    expect((await fetch(`${url}/api/v1/nodes`)).status).toBe(200)
    expect((await fetch(`${url}/api/v1/namespaces`)).status).toBe(200)
    await control('POST', '/http-faults', { server: 'prometheus', cluster: 'hub', mode: 500 })
    expect((await fetch(`${cluster('hub').prometheus.url}/api/v1/query?query=up`)).status).toBe(500)
    await control('DELETE', '/http-faults')
    expect((await fetch(`${cluster('hub').prometheus.url}/api/v1/query?query=up`)).status).toBe(200)
    const requests = (await control('GET', '/requests')).body
    expect(
      requests.some(
        (one: Json) => one.server === 'kubernetes' && one.cluster === 'gpu-west' && one.path === '/api/v1/nodes',
      ),
    ).toBe(true)
  })
})
