// API servers that list pods of ordinary size, some of them failing for many causes, in a process of their own.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const { clusters, pods, failing } = JSON.parse(process.argv[2] ?? '{}') as {
  clusters: number
  pods: number
  failing: number
}
const causes = ['CrashLoopBackOff', 'ImagePullBackOff', 'ErrImagePull', 'CreateContainerConfigError', 'OOMKilled']
const since = '2026-01-05T08:00:00Z'

function pod(index: number) {
  const workload = `inference-gateway-${index % 18}`
  const cause = causes[(index % 18) % causes.length]!
  const ended = { exitCode: cause === 'OOMKilled' ? 137 : 1, reason: cause === 'OOMKilled' ? cause : 'Error' }
  const waiting = { reason: cause === 'OOMKilled' ? 'CrashLoopBackOff' : cause, message: `it says why: ${cause}` }
  const isFailing = index < failing
  const name = `${workload}-6d4cf56db6-${String(index).padStart(5, '0')}`
  const env = Array.from({ length: 8 }, (_, at) => ({ name: `SETTING_${at}`, value: `value-of-${workload}-${at}` }))
  const fields = Object.fromEntries(env.map((one) => [`f:${one.name}`, { 'f:name': {}, 'f:value': {}, '.': {} }]))
  return {
    metadata: {
      name,
      namespace: `team-${index % 6}`,
      uid: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      creationTimestamp: since,
      labels: { app: workload, 'pod-template-hash': '6d4cf56db6' },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${workload}-6d4cf56db6`, controller: true },
      ],
      managedFields: [{ manager: 'kubelet', operation: 'Update', fieldsType: 'FieldsV1', fieldsV1: fields }],
    },
    spec: { nodeName: `node-${index % 60}`, containers: [{ name: 'main', image: 'registry.example/app:1', env }] },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: isFailing ? 'False' : 'True', lastTransitionTime: since }],
      containerStatuses: [
        isFailing
          ? { name: 'main', ready: false, restartCount: 9, state: { waiting }, lastState: { terminated: ended } }
          : { name: 'main', ready: true, started: true, restartCount: 0, state: { running: { startedAt: since } } },
      ],
    },
  }
}
const node = (index: number) => ({
  metadata: { name: `node-${index}` },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
})

const texts: Record<string, string[]> = {
  pods: Array.from({ length: pods }, (_, index) => JSON.stringify(pod(index))),
  nodes: Array.from({ length: 60 }, (_, index) => JSON.stringify(node(index))),
}

async function start(): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x')
    response.writeHead(200, { 'content-type': 'application/json' })
    // A watch in which nothing happens
    if (searchParams.get('watch')) return response.flushHeaders()
    const all = texts[pathname.split('/').at(-1) ?? ''] ?? []
    const from = Number(searchParams.get('continue') ?? 0)
    const to = from + Number(searchParams.get('limit') ?? all.length)
    const metadata = { resourceVersion: '1', ...(to < all.length && { continue: String(to) }) }
    response.end(
      `{"kind":"List","apiVersion":"v1","metadata":${JSON.stringify(metadata)},"items":[${all.slice(from, to).join(',')}]}`,
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const urls = await Promise.all(Array.from({ length: clusters }, start))
process.on('disconnect', () => process.exit(0))
process.send?.({ urls })
