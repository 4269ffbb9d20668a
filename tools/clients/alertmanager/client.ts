import type { ToolError } from '#contract'
import type { Endpoint } from '../endpoint.ts'
import { upstreamError, wordsOf } from '../failures.ts'
import type { HttpResponse } from '../http.ts'
import { parseAnswer } from '../parse.ts'
import { isReady } from '../ready.ts'
import type { Alertmanager } from './types.ts'
import { alerts, groups, posted, receivers, silence, silences, status } from './wire.ts'

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
  const unknown = (id: string, at: number): ToolError =>
    upstreamError(asked, 'not-found', {
      message: `${endpoint.cluster ?? 'Alertmanager'} has no silence ${id.slice(0, 80)}.`,
      next: 'list_silences shows their ids.',
      field: 'id',
      details: { status: at },
    })
  /** 404 without a body, 422 for what is no UUID, and before 0.28 a 500 that says so. */
  const explainSilence = (id: string) => (response: HttpResponse) => {
    if (response.status === 404 || response.status === 422) return unknown(id, response.status)
    return response.status === 500 && /silence not found/.test(wordsOf(response)) ? unknown(id, 500) : undefined
  }
  const explainPut = (id: string | undefined) => (response: HttpResponse) => {
    if (response.status === 404 && id !== undefined) return unknown(id, 404)
    return response.status === 400 || response.status === 422
      ? upstreamError(asked, 'invalid-input', {
          message: `Alertmanager refuses the silence: ${wordsOf(response)}`,
          next: 'Correct the matchers, the times or the comment.',
          changed: 'nothing',
          details: { status: response.status },
        })
      : undefined
  }
  return {
    cluster: endpoint.cluster ?? '',
    async alerts({ filter, active, silenced, inhibited, receiver, signal } = {}) {
      const query = { filter, active, silenced, inhibited, receiver }
      return parseAnswer(asked, alerts, await endpoint.call({ path: '/api/v2/alerts', query, signal, explain }))
    },
    async groups({ filter, signal } = {}) {
      const query = { filter }
      return parseAnswer(asked, groups, await endpoint.call({ path: '/api/v2/alerts/groups', query, signal, explain }))
    },
    async silences({ filter, signal } = {}) {
      const query = { filter }
      return parseAnswer(asked, silences, await endpoint.call({ path: '/api/v2/silences', query, signal, explain }))
    },
    async silence(id, signal) {
      const path = `/api/v2/silence/${encodeURIComponent(id)}`
      return parseAnswer(asked, silence, await endpoint.call({ path, signal, explain: explainSilence(id) }))
    },
    async putSilence(wanted, signal) {
      const response = await endpoint.call({
        path: '/api/v2/silences',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(wanted),
        signal,
        explain: explainPut(wanted.id),
      })
      return parseAnswer(asked, posted, response).silenceID
    },
    async expireSilence(id, signal) {
      const path = `/api/v2/silence/${encodeURIComponent(id)}`
      await endpoint.call({ path, method: 'DELETE', signal, explain: explainSilence(id) })
    },
    async receivers(signal) {
      const response = await endpoint.call({ path: '/api/v2/receivers', signal })
      return parseAnswer(asked, receivers, response).map(({ name }) => name)
    },
    status: async (signal) => parseAnswer(asked, status, await endpoint.call({ path: '/api/v2/status', signal })),
    ready: (signal) => isReady(endpoint, '/-/ready', signal),
  }
}
