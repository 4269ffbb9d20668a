import type { ToolError } from '#contract'
import type { Endpoint } from '../endpoint.ts'
import { upstreamError, wordsOf } from '../failures.ts'
import type { HttpResponse } from '../http.ts'
import { parseAnswer } from '../parse.ts'
import { isReady } from '../ready.ts'
import type { Alertmanager } from './types.ts'
import { alerts } from './wire.ts'

/** Go's zero time: Alertmanager writes it where an end is not known. */
const isKnown = (time: string | undefined) => time !== undefined && !time.startsWith('0001-')

/** Alertmanager's API v2 over an endpoint. */
export function createAlertmanager(endpoint: Endpoint): Alertmanager {
  const asked = { upstream: endpoint.upstream, cluster: endpoint.cluster }
  /** A wrong matcher is 400 with a JSON string for a body. */
  const explain = (response: HttpResponse): ToolError | undefined =>
    response.status === 400
      ? upstreamError(asked, 'invalid-input', {
          message: `Alertmanager refuses the filter: ${wordsOf(response)}`,
          next: 'Write each filter as a matcher: severity="critical", job!="a", node=~"gpu-.*".',
          field: 'filter',
          details: { status: 400 },
        })
      : undefined
  return {
    cluster: endpoint.cluster ?? '',
    async alerts({ filter, active, silenced, inhibited, signal } = {}) {
      const query = { filter, active, silenced, inhibited }
      const response = await endpoint.call({ path: '/api/v2/alerts', query, signal, explain })
      return parseAnswer(asked, alerts, response).map(({ status, generatorURL, endsAt, updatedAt, ...alert }) => ({
        fingerprint: alert.fingerprint,
        labels: alert.labels,
        annotations: alert.annotations,
        startsAt: alert.startsAt,
        ...(isKnown(endsAt) && { endsAt }),
        ...(isKnown(updatedAt) && { updatedAt }),
        ...(generatorURL !== undefined && generatorURL !== '' && { generatorUrl: generatorURL }),
        state: status.state,
        silencedBy: status.silencedBy,
        inhibitedBy: status.inhibitedBy,
      }))
    },
    ready: (signal) => isReady(endpoint, '/-/ready', signal),
  }
}
