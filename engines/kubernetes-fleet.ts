import { setTimeout as sleep } from 'node:timers/promises'
import { type KubernetesApi, mustSucceed } from './kubernetes-api.ts'
import { nodeManifest } from './kubernetes-nodes.ts'

export type Fleet = {
  /** Called node-0, node-1, … */
  nodes: number
  /** Running on the nodes in turn */
  pods: number
  /** Of these pods, so many crash in a loop */
  failing: number
}

const namespaces = ['shop', 'search', 'billing', 'media', 'lab']
/** Pods of one owner */
const perWorkload = 25
/** Writes of one etcd transaction; its own limit is 128 */
const atOnce = 100

/**
 * Nodes and pods of ordinary size, as kubelets would have left them. They are laid into etcd as the API server stores objects (JSON is
 * one of its formats): creating and running 10,000 pods through the API takes minutes, and what is measured is reading.
 */
export async function fillFleet(engine: { api: KubernetesApi; etcdUrl: string }, fleet: Fleet): Promise<void> {
  for (const name of namespaces)
    await mustSucceed(engine.api, { method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name } } })
  const numbered = (count: number) => Array.from({ length: count }, (_, index) => index)
  const entries = [
    ...numbered(fleet.nodes).map((index): Entry => [`/registry/minions/node-${index}`, node(index)]),
    ...numbered(fleet.pods).map((index): Entry => {
      const { namespace, name } = place(index)
      return [`/registry/pods/${namespace}/${name}`, pod(index, fleet)]
    }),
  ]
  for (let from = 0; from < entries.length; from += atOnce)
    await store(engine.etcdUrl, entries.slice(from, from + atOnce))
  // Its watch of etcd hears of the last ones a moment later
  for (let left = 50; ; left--) {
    const found = await mustSucceed(engine.api, { path: '/api/v1/pods?limit=1' })
    const { metadata } = found as { metadata: { remainingItemCount?: number } }
    const seen = (metadata.remainingItemCount ?? 0) + 1
    if (seen >= fleet.pods) return
    if (left === 0) throw new Error(`the API server sees ${seen} of ${fleet.pods} pods`)
    await sleep(200)
  }
}

/**
 * A Service's endpoint at a port of this machine's loopback, laid into etcd: the API server takes such an address from nobody, and
 * without kubelets there is no other that something could answer at. Its service proxy reads Endpoints (1.36), and leads only to
 * addresses that a pod has.
 */
export async function leadToLoopback(
  engine: { etcdUrl: string },
  service: { namespace: string; name: string; port: number; portName: string },
): Promise<void> {
  const { namespace, name, port, portName } = service
  const ip = '127.0.0.1'
  const pod = `${name}-loopback`
  const metadata = { namespace, creationTimestamp: since }
  const ports = [{ name: portName, port, protocol: 'TCP' }]
  const targetRef = { kind: 'Pod', namespace, name: pod }
  await store(engine.etcdUrl, [
    [
      `/registry/pods/${namespace}/${pod}`,
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { ...metadata, name: pod, uid: uidOf('8888', 1) },
        // Nobody schedules it, so nobody runs or removes it
        spec: { schedulerName: 'none', containers: [{ name: 'main', image: 'example/none' }] },
        status: { phase: 'Running', podIP: ip, podIPs: [{ ip }] },
      },
    ],
    [
      `/registry/services/endpoints/${namespace}/${name}`,
      {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: { ...metadata, name, uid: uidOf('8888', 2) },
        subsets: [{ addresses: [{ ip, targetRef }], ports }],
      },
    ],
  ])
}

type Entry = [key: string, object: object]

async function store(etcdUrl: string, entries: readonly Entry[]): Promise<void> {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const success = entries.map(([key, object]) => ({
    requestPut: { key: base64(key), value: base64(JSON.stringify(object)) },
  }))
  const answer = await fetch(`${etcdUrl}/v3/kv/txn`, { method: 'POST', body: JSON.stringify({ success }) })
  if (!answer.ok) throw new Error(`etcd answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`)
}

const place = (index: number) => ({
  namespace: namespaces[Math.floor(index / perWorkload) % namespaces.length]!,
  workload: `worker-${Math.floor(index / perWorkload)}`,
  name: `worker-${Math.floor(index / perWorkload)}-${index % perWorkload}`,
})

const uidOf = (part: string, index: number) => `00000000-0000-4000-${part}-${String(index).padStart(12, '0')}`
const since = '2026-01-05T08:00:00Z'

/** Who wrote which field: half of what an API server sends of a pod. */
const managedFields = (manager: string, paths: readonly string[]) => ({
  manager,
  operation: 'Update',
  apiVersion: 'v1',
  time: since,
  fieldsType: 'FieldsV1',
  fieldsV1: Object.fromEntries(paths.map((path) => [`f:${path}`, { 'f:name': {}, 'f:value': {}, '.': {} }])),
})

function node(index: number) {
  const name = `node-${index}`
  const { metadata, spec, status } = nodeManifest(name, { count: 1, gpus: index % 4 === 0 ? 8 : 0, pool: 'fleet' }) as {
    metadata: object
    spec: object
    status: object
  }
  const condition = (type: string, status: string) => ({
    type,
    status,
    reason: `Kubelet${type}`,
    message: 'kubelet is posting its status',
    lastHeartbeatTime: since,
    lastTransitionTime: since,
  })
  const pressures = ['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => condition(type, 'False'))
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { ...metadata, uid: uidOf('8001', index), creationTimestamp: since },
    spec,
    status: { ...status, conditions: [...pressures, condition('Ready', 'True')] },
  }
}

function pod(index: number, fleet: Fleet) {
  const { namespace, name, workload } = place(index)
  const variables = ['LOG_LEVEL', 'REGION', 'FEATURES', 'UPSTREAM', 'POOL_SIZE', 'TIMEOUT']
  const env = variables.map((key) => ({ name: key, value: `${key.toLowerCase()}-of-${workload}` }))
  const probe = { httpGet: { path: '/ready', port: 8080, scheme: 'HTTP' }, periodSeconds: 10, failureThreshold: 3 }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid: uidOf('8002', index),
      creationTimestamp: since,
      labels: { app: workload, 'app.kubernetes.io/part-of': 'fleet', 'statefulset.kubernetes.io/pod-name': name },
      annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080' },
      // An owner that no controller knows: nobody scales or collects these pods
      ownerReferences: [
        {
          apiVersion: 'example.dev/v1',
          kind: 'Worker',
          name: workload,
          uid: uidOf('8003', Math.floor(index / perWorkload)),
          controller: true,
        },
      ],
      managedFields: [managedFields('manager', variables), managedFields('kubelet', ['conditions', 'podIP', 'phase'])],
    },
    spec: {
      nodeName: `node-${index % fleet.nodes}`,
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      serviceAccountName: 'default',
      tolerations: [{ operator: 'Exists' }],
      containers: [
        {
          name: 'main',
          image: 'registry.example/fleet/worker:1.14.2',
          imagePullPolicy: 'IfNotPresent',
          env,
          ports: [{ containerPort: 8080, protocol: 'TCP' }],
          resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
          readinessProbe: probe,
          livenessProbe: probe,
        },
      ],
    },
    status: podStatus(index, index < fleet.failing),
  }
}

function podStatus(index: number, failing: boolean) {
  const ready = failing ? 'False' : 'True'
  const condition = (type: string, status: string) => ({ type, status, lastTransitionTime: since })
  const state = failing
    ? {
        ready: false,
        started: false,
        restartCount: 7,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container=main' } },
        lastState: { terminated: { exitCode: 1, reason: 'Error', startedAt: since, finishedAt: since } },
      }
    : { ready: true, started: true, restartCount: 0, state: { running: { startedAt: since } }, lastState: {} }
  return {
    phase: 'Running',
    startTime: since,
    podIP: `10.${16 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
    hostIP: '127.0.0.1',
    conditions: [
      condition('PodScheduled', 'True'),
      condition('Initialized', 'True'),
      condition('ContainersReady', ready),
      condition('Ready', ready),
    ],
    containerStatuses: [
      {
        name: 'main',
        image: 'registry.example/fleet/worker:1.14.2',
        imageID: `registry.example/fleet/worker@sha256:${'0'.repeat(64)}`,
        containerID: `containerd://${String(index).padStart(64, '0')}`,
        ...state,
      },
    ],
  }
}
