import type { KubeObject, KubernetesCluster, ResourceKind } from '../../clients/kubernetes/types.ts'
import { engineOf } from './shared/command-line.ts'
import { listOf, recordOf, textOf } from './shared/read.ts'
import type { ServedDeployment } from './types.ts'

const serviceKind: ResourceKind = { group: '', version: 'v1', resource: 'services', kind: 'Service', namespaced: true }

type Endpoint = NonNullable<ServedDeployment['endpoint']>

/**
 * Where a deployment answers the OpenAI API: what its runtime says, else the Service whose selector matches its pods.
 * undefined: no Service leads to it. Throws what the API server answers.
 */
export async function findEndpoint(
  client: KubernetesCluster,
  deployment: ServedDeployment,
  signal: AbortSignal,
): Promise<Endpoint | undefined> {
  if (deployment.endpoint) return deployment.endpoint
  const template = recordOf(recordOf(deployment.raw.spec).template)
  const labels = recordOf(recordOf(template.metadata).labels)
  if (Object.keys(labels).length === 0) return undefined
  const containers = listOf(recordOf(template.spec).containers)
  const enginePort = containers.flatMap((container) => engineOf(container)?.port ?? [])[0]
  const { items } = await client.list(serviceKind, { namespace: deployment.namespace, signal })
  const found = items
    .flatMap((service) => leadingTo(service, { labels, containers, enginePort }) ?? [])
    .sort((a, b) => b.rank - a.rank || a.service.localeCompare(b.service))[0]
  return found && { service: found.service, port: found.port, path: '/v1' }
}

interface Target {
  labels: Record<string, unknown>
  containers: unknown[]
  enginePort: number | undefined
}

function leadingTo(service: KubeObject, { labels, containers, enginePort }: Target) {
  const { selector, ports, type, clusterIP } = recordOf(service.spec)
  const wanted = Object.entries(recordOf(selector))
  if (wanted.length === 0 || type === 'ExternalName') return undefined
  if (!wanted.every(([key, value]) => labels[key] === value)) return undefined
  const named = new Map(
    containers.flatMap((container) =>
      listOf(recordOf(container).ports).map((one) => {
        const { name, containerPort } = recordOf(one)
        return [name, containerPort] as const
      }),
    ),
  )
  const candidates = listOf(ports).flatMap((one) => {
    const { port, targetPort, name } = recordOf(one)
    if (typeof port !== 'number') return []
    const target = typeof targetPort === 'string' ? named.get(targetPort) : (targetPort ?? port)
    const rank = (target === enginePort ? 4 : 0) + (/http|api|openai/.test(textOf(name) ?? '') ? 2 : 0)
    // A headless Service gives the address of each pod and balances nothing
    return [{ service: service.metadata.name, port, rank: rank + (clusterIP === 'None' ? 0 : 1) }]
  })
  return candidates.sort((a, b) => b.rank - a.rank)[0]
}
