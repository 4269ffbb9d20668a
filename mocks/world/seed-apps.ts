import type { Boot } from './boot.ts'
import { integerOf, pickOf, unitOf } from './random.ts'
import { podTemplate } from './templates.ts'
import type { Troubles } from './troubles.ts'

const HOUR_MS = 3_600_000

const NAMESPACES: Record<string, string[]> = {
  hub: ['billing', 'identity', 'portal', 'catalogue', 'gitops', 'data-pipeline'],
  'gpu-east': ['search', 'assistant', 'data-pipeline', 'vector-store', 'gateway'],
  'gpu-west': ['data-pipeline', 'feature-store', 'labeling', 'experiments'],
  'edge-lab': ['ran', 'core-5g', 'video-analytics', 'telemetry'],
}
const SUBJECTS = [
  'orders',
  'users',
  'tokens',
  'sessions',
  'invoices',
  'events',
  'documents',
  'embeddings',
  'prompts',
  'features',
  'labels',
  'metrics',
  'images',
  'queries',
  'profiles',
  'quotas',
]
const ROLES = ['api', 'worker', 'gateway', 'cache', 'indexer', 'exporter', 'scheduler', 'sync', 'consumer', 'frontend']

/** Named workloads that are unwell at rest, so that the world has something to find. */
const UNWELL: {
  cluster: string
  namespace: string
  name: string
  ailment: 'crash' | 'oom' | 'image' | 'pending' | 'no-such-node'
  replicas: number
}[] = [
  { cluster: 'hub', namespace: 'billing', name: 'invoice-export', ailment: 'crash', replicas: 2 },
  { cluster: 'hub', namespace: 'portal', name: 'avatar-resizer', ailment: 'oom', replicas: 2 },
  { cluster: 'gpu-east', namespace: 'vector-store', name: 'embedding-cache', ailment: 'oom', replicas: 3 },
  { cluster: 'gpu-east', namespace: 'gateway', name: 'prompt-filter', ailment: 'image', replicas: 2 },
  { cluster: 'gpu-east', namespace: 'research', name: 'sweep-coordinator', ailment: 'pending', replicas: 1 },
  { cluster: 'gpu-west', namespace: 'data-pipeline', name: 'feature-loader', ailment: 'oom', replicas: 3 },
  { cluster: 'gpu-west', namespace: 'experiments', name: 'b200-benchmark', ailment: 'no-such-node', replicas: 1 },
  { cluster: 'gpu-west', namespace: 'labeling', name: 'label-sync', ailment: 'crash', replicas: 2 },
  { cluster: 'edge-lab', namespace: 'core-5g', name: 'upf-exporter', ailment: 'crash', replicas: 1 },
]

/** Ordinary applications, enough of them to bring the cluster to the number of pods it should have. */
export function seedApps(boot: Boot, troubles: Troubles): void {
  const { cluster } = boot
  const here = cluster.spec.name
  for (const unwell of UNWELL.filter((one) => one.cluster === here)) seedUnwell(boot, troubles, unwell)
  const namespaces = NAMESPACES[here] ?? ['apps', 'telemetry']
  const missing = () => cluster.spec.pods - cluster.store.list('pods').length
  const scale = Math.max(1, Math.round(missing() / 130))
  for (let index = 0; missing() > 0; index++) {
    const key = `${cluster.seed}/app/${index}`
    const namespace = namespaces[index % namespaces.length] ?? 'apps'
    const round = Math.floor(index / (SUBJECTS.length * ROLES.length))
    const name = `${SUBJECTS[index % SUBJECTS.length]}-${ROLES[(index * 7 + Math.floor(index / SUBJECTS.length)) % ROLES.length]}${round > 0 ? `-${round}` : ''}`
    if (cluster.store.get('deployments.apps', namespace, name)) continue
    const replicas = Math.min(missing(), integerOf(`${key}/replicas`, 1, 4 * scale))
    const image = imageOf(namespace, name, key)
    const sick = unitOf(`${key}/sick`) < 0.11 && replicas <= 3 * scale
    if (sick && unitOf(`${key}/kind`) < 0.7) {
      troubles.open({
        kind: unitOf(`${key}/kind`) < 0.4 ? 'crash-loop' : 'oom-loop',
        cluster: here,
        namespace,
        app: name,
        fromMs: boot.cluster.bootMs - 6 * HOUR_MS,
      })
    }
    boot.workload({
      kind: 'Deployment',
      namespace,
      name,
      createdMs: cluster.bootMs - integerOf(`${key}/age`, sick ? 3 : 12, sick ? 9 : 600) * HOUR_MS,
      replicas: sick ? Math.min(replicas, 3) : replicas,
      template: podTemplate({
        image: sick && unitOf(`${key}/kind`) >= 0.7 ? image.replace(/:.*/, ':does-not-exist') : image,
        container: name,
        labels: { app: name, team: namespace },
        cpu: pickOf(`${key}/cpu`, ['50m', '100m', '200m', '500m']),
        memory: pickOf(`${key}/memory`, ['128Mi', '256Mi', '512Mi', '1Gi']),
        ports: [{ name: 'http', containerPort: 8080 }],
        env: [{ name: 'LOG_LEVEL', value: 'info' }],
      }),
    })
  }
}

function imageOf(namespace: string, name: string, key: string): string {
  return `registry.example.com/${namespace}/${name}:${integerOf(`${key}/major`, 1, 4)}.${integerOf(`${key}/minor`, 0, 30)}.${integerOf(`${key}/patch`, 0, 9)}`
}

function seedUnwell(boot: Boot, troubles: Troubles, { namespace, name, ailment, replicas }: (typeof UNWELL)[number]) {
  const { cluster } = boot
  const createdMs = cluster.bootMs - integerOf(`${cluster.seed}/${name}/age`, 4, 12) * HOUR_MS
  if (ailment === 'crash' || ailment === 'oom') {
    troubles.open({
      kind: ailment === 'crash' ? 'crash-loop' : 'oom-loop',
      cluster: cluster.spec.name,
      namespace,
      app: name,
      fromMs: createdMs,
    })
  }
  const tag = ailment === 'image' ? 'does-not-exist' : '2.4.1'
  const template = podTemplate({
    image: `registry.example.com/${namespace}/${name}:${tag}`,
    container: name,
    labels: { app: name, team: namespace },
    cpu: '200m',
    memory: ailment === 'oom' ? '512Mi' : '256Mi',
    ...(ailment === 'pending' ? { gpus: 16 } : {}),
    ...(ailment === 'no-such-node' ? { gpus: 1, nodeSelector: { 'nvidia.com/gpu.product': 'NVIDIA-B200' } } : {}),
    env: [{ name: 'LOG_LEVEL', value: 'info' }],
  })
  boot.workload({ kind: 'Deployment', namespace, name, createdMs, replicas, template })
}
