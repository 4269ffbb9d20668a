// API servers that list model deployments of Dynamo, some of them failing for many reasons, in a process of their own.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const { clusters, deployments, failing } = JSON.parse(process.argv[2] ?? '{}') as {
  clusters: number
  deployments: number
  failing: number
}
const since = '2026-01-05T08:00:00Z'
const models = ['meta-llama/Llama-3.3-70B-Instruct', 'Qwen/Qwen3-32B', 'openai/gpt-oss-120b', 'google/gemma-4-31B-it']
const reasons = [
  '0/42 nodes are available: 40 Insufficient nvidia.com/gpu, 2 node(s) had untolerated taint',
  'VllmDecodeWorker: container main ended with exit code 137',
  'SglangWorker: image cannot be pulled, manifest unknown',
]

function component(name: string, type: string, { replicas, model = '' }: { replicas: number; model?: string }) {
  const env = Array.from({ length: 6 }, (_, at) => ({ name: `SETTING_${at}`, value: `value-${at}` }))
  const limits = type === 'frontend' ? {} : { 'nvidia.com/gpu': '2' }
  const args = ['--model', model, '--tensor-parallel-size', '2']
  const container = { name: 'main', image: 'registry.example/vllm-runtime:1.6.0', args, env, resources: { limits } }
  return { name, type, replicas, podTemplate: { spec: { containers: [container] } } }
}

function graph(index: number, cluster: number) {
  const isFailing = index < failing
  const model = models[index % models.length]!
  const workers = 2 + (index % 3)
  const ready = isFailing ? index % 2 : workers
  const message = isFailing ? `${reasons[index % reasons.length]} (${cluster})` : 'All resources are ready'
  const condition = {
    type: 'Ready',
    status: isFailing ? 'False' : 'True',
    reason: isFailing ? 'some_resources_are_not_ready' : 'all_resources_are_ready',
    message,
    lastTransitionTime: since,
  }
  const slug = model.split('/')[1]!.toLowerCase().replaceAll('.', '-')
  return {
    apiVersion: 'nvidia.com/v1beta1',
    kind: 'DynamoGraphDeployment',
    metadata: {
      name: `${slug}-${index}`,
      namespace: `team-${index % 6}`,
      uid: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      creationTimestamp: since,
    },
    spec: {
      backendFramework: 'vllm',
      components: [
        component('Frontend', 'frontend', { replicas: 1 }),
        component('VllmDecodeWorker', 'worker', { replicas: workers, model }),
      ],
    },
    status: {
      state: isFailing ? 'failed' : 'successful',
      conditions: [condition],
      components: {
        Frontend: { replicas: 1, readyReplicas: 1 },
        VllmDecodeWorker: { replicas: workers, readyReplicas: ready },
      },
    },
  }
}

const group = (name: string, version: string, [resource, responseKind]: [string, string]) => ({
  metadata: { name },
  versions: [
    {
      version,
      resources: [{ resource, responseKind: { group: name, version, kind: responseKind }, scope: 'Namespaced' }],
    },
  ],
})
const groups = {
  kind: 'APIGroupDiscoveryList',
  apiVersion: 'apidiscovery.k8s.io/v2',
  items: [
    group('nvidia.com', 'v1beta1', ['dynamographdeployments', 'DynamoGraphDeployment']),
    group('apps', 'v1', ['deployments', 'Deployment']),
  ],
}

async function start(_: unknown, cluster: number): Promise<string> {
  const items = Array.from({ length: deployments }, (_, index) => JSON.stringify(graph(index, cluster)))
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x')
    const isDiscovery = pathname === '/apis' || pathname === '/api'
    const type = isDiscovery
      ? 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
      : 'application/json'
    response.writeHead(200, { 'content-type': type })
    if (isDiscovery) return response.end(JSON.stringify(pathname === '/apis' ? groups : { ...groups, items: [] }))
    const all = pathname.endsWith('/dynamographdeployments') ? items : []
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

const urls = await Promise.all(Array.from({ length: clusters }).map(start))
process.on('disconnect', () => process.exit(0))
process.send?.({ urls })
