import { ToolError } from '#contract'
import type { Connector } from '../endpoint.ts'
import type { KubernetesCluster } from './types.ts'

export type ProxyTarget = Parameters<KubernetesCluster['serviceProxy']>[0]

/** GET through the service proxy as JSON. The service's own refusal is upstream-error, what is not JSON is upstream-garbage. */
export async function fetchServiceJson(kubernetes: KubernetesCluster, target: ProxyTarget): Promise<unknown> {
  const response = await kubernetes.serviceProxy(target)
  const text = await response.text()
  const who = `Service ${target.namespace}/${target.service}:${target.port} on cluster ${kubernetes.cluster}`
  const facts = { cluster: kubernetes.cluster, details: { upstream: 'kubernetes', status: response.status } }
  if (!response.ok) {
    const words = text.replace(/\s+/g, ' ').slice(0, 200)
    throw new ToolError('upstream-error', `${who} answers ${response.status}: ${words}`, {
      next: 'Look at the pods behind the service and their logs.',
      ...facts,
    })
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ToolError('upstream-garbage', `${who} sent ${text.length} characters that are not JSON.`, {
      next: 'Check the port and the path.',
      ...facts,
      cause,
    })
  }
}

/** `/api/v1/namespaces/monitoring/services/prometheus:9090/proxy` */
export const proxyPath = ({
  namespace,
  name,
  port,
}: {
  namespace: string
  name: string
  port: number | string
}): string =>
  `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(`${name}:${port}`)}/proxy`

/** An address behind the API server's service proxy, reached with the credentials of that API server. */
export const throughServiceProxy = (
  inner: Connector,
  service: { namespace: string; name: string; port: number },
): Connector => ({
  canRefresh: inner.canRefresh,
  async connect(fresh) {
    const connection = await inner.connect(fresh)
    return { ...connection, baseUrl: connection.baseUrl.replace(/\/+$/, '') + proxyPath(service) }
  },
})
