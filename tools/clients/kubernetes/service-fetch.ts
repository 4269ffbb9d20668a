import { ToolError } from '#contract'
import type { Endpoint } from '../endpoint.ts'
import { upstreamError } from '../failures.ts'
import type { HttpResponse } from '../http.ts'
import { type StreamFetch, streamFetch } from '../stream-fetch.ts'
import { explainStatus, statusOf } from './errors.ts'
import { proxyPath } from './service-proxy.ts'

export interface ServiceTarget {
  namespace: string
  service: string
  port: number | string
}

const answerOf = (status: number, text: string): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(text),
  text: () => text,
})

/**
 * Requests of any method to a Service through the API server's service proxy, answers as streams. What the service says is an answer;
 * what the API server says instead is a ToolError: no endpoints, no such service, no right to use the proxy.
 */
export function serviceFetch(
  endpoint: Endpoint,
  target: ServiceTarget,
  { credential }: { credential: string },
): StreamFetch {
  const { namespace, service, port } = target
  const { upstream, cluster = '' } = endpoint
  const who = `Service ${namespace}/${service}:${port} on ${cluster}`
  return streamFetch(endpoint, {
    prefix: proxyPath({ namespace, name: service, port }),
    credential,
    refusal(status, text) {
      const answer = answerOf(status, text)
      // A Status comes from the API server, which never got an answer of the service.
      const said = statusOf(answer)
      if (!said) return undefined
      const details = { upstream, status, reason: said.reason }
      if (/no endpoints available/.test(said.message))
        return new ToolError('model-not-available', `${who} has no pod that is ready`, {
          cluster,
          next: 'See why its pods are not ready: get_deployment, then get_deployment_logs',
          details,
          changed: 'nothing',
        })
      if (/error trying to reach service|proxy error/.test(said.message))
        return new ToolError('upstream-unreachable', `${who} does not answer: ${said.message.slice(0, 200)}`, {
          cluster,
          next: 'Look at the pods behind it and at the port they listen on',
          details,
        })
      return (
        explainStatus({ cluster, credential, changes: true }, answer) ??
        upstreamError({ upstream, cluster }, 'upstream-error', {
          message: `The API server of ${cluster} answers ${status} for ${who}: ${said.message.slice(0, 200)}`,
          next: 'Look at the Service and its pods.',
          details: { status },
        })
      )
    },
  })
}
