import type { Endpoint, EndpointCall } from '../endpoint.ts'
import type { HttpResponse } from '../http.ts'
import { parseAnswer } from '../parse.ts'
import type { KubernetesChange } from './change-types.ts'
import { statusOf } from './errors.ts'
import { apiVersionOf, pathOf } from './paths.ts'
import { podKind } from './types.ts'
import { kubeObject, type Status, selfReview } from './wire.ts'

const patchTypes = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
} as const

type Explain = NonNullable<EndpointCall['explain']>

const budgetCause = (answer: Status | undefined) =>
  answer?.details?.causes?.find(({ reason }) => reason === 'DisruptionBudget')
// The API server refuses such pods with 500, whatever their budgets allow.
const severalBudgets = (answer: Status | undefined) => /more than one PodDisruptionBudget/.test(answer?.message ?? '')

/** A 429 of the eviction API speaks of a budget; one of a busy server does not. */
function isBlocked(status: number, response: HttpResponse): boolean {
  if (status !== 429 && status !== 500) return false
  const answer = statusOf(response)
  return status === 429 ? budgetCause(answer) !== undefined : severalBudgets(answer)
}

/** What changes objects besides apply. A change is sent once; a dry run is a read and may be tried again. */
export function createChange(
  endpoint: Endpoint,
  options: { fieldManager: string; explain: Explain; explainChange: Explain },
): KubernetesChange {
  const { fieldManager, explain, explainChange } = options
  const asked = { upstream: endpoint.upstream, cluster: endpoint.cluster }
  const json = { 'content-type': 'application/json' }
  const send = (call: EndpointCall, dryRun: boolean | undefined) =>
    endpoint.call({
      ...call,
      query: { ...call.query, dryRun: dryRun ? 'All' : undefined },
      mutates: !dryRun,
      explain: dryRun ? explain : explainChange,
    })

  return {
    async create(kind, object, { dryRun, signal } = {}) {
      const response = await send(
        {
          method: 'POST',
          path: pathOf(kind, object.metadata.namespace),
          query: { fieldManager, fieldValidation: 'Strict' },
          headers: json,
          body: JSON.stringify({ ...object, apiVersion: apiVersionOf(kind), kind: kind.kind }),
          signal,
        },
        dryRun,
      )
      return parseAnswer(asked, kubeObject, response)
    },
    async patch(kind, { name, namespace, subresource, type = 'merge', body, dryRun, signal }) {
      const response = await send(
        {
          method: 'PATCH',
          path: `${pathOf(kind, namespace, name)}${subresource ? `/${subresource}` : ''}`,
          query: { fieldManager, fieldValidation: 'Strict' },
          headers: { 'content-type': patchTypes[type] },
          body: JSON.stringify(body),
          signal,
        },
        dryRun,
      )
      return parseAnswer(asked, kubeObject, response)
    },
    async subresource(kind, { name, namespace, subresource, signal }) {
      const path = `${pathOf(kind, namespace, name)}/${subresource}`
      return parseAnswer(asked, kubeObject, await endpoint.call({ path, signal, explain }))
    },
    async evict({ namespace, pod, uid, graceSeconds, dryRun, signal }) {
      const response = await send(
        {
          method: 'POST',
          path: `${pathOf(podKind, namespace, pod)}/eviction`,
          headers: json,
          body: JSON.stringify({
            apiVersion: 'policy/v1',
            kind: 'Eviction',
            metadata: { name: pod, namespace },
            deleteOptions: {
              ...(uid !== undefined && { preconditions: { uid } }),
              ...(graceSeconds !== undefined && { gracePeriodSeconds: graceSeconds }),
              ...(dryRun && { dryRun: ['All'] }),
            },
          }),
          // Sent once here too: whoever drains has its own rhythm
          attempts: 1,
          pass: isBlocked,
          signal,
        },
        dryRun,
      )
      if (response.status < 300) return { evicted: true }
      const answer = statusOf(response)
      const reason = budgetCause(answer)?.message || answer?.message || 'a disruption budget forbids it'
      return { evicted: false, reason, retryAfterSeconds: answer?.details?.retryAfterSeconds ?? 0 }
    },
    async delete(kind, { name, namespace, signal, dryRun, ...more }) {
      const { uid, resourceVersion, propagation = 'Background', graceSeconds } = more
      const preconditions = {
        ...(uid !== undefined && { uid }),
        ...(resourceVersion !== undefined && { resourceVersion }),
      }
      await send(
        {
          method: 'DELETE',
          path: pathOf(kind, namespace, name),
          headers: json,
          body: JSON.stringify({
            kind: 'DeleteOptions',
            apiVersion: 'v1',
            propagationPolicy: propagation,
            ...(Object.keys(preconditions).length > 0 && { preconditions }),
            ...(graceSeconds !== undefined && { gracePeriodSeconds: graceSeconds }),
            ...(dryRun && { dryRun: ['All'] }),
          }),
          signal,
        },
        dryRun,
      )
    },
    async whoAmI(signal) {
      const response = await endpoint.call({
        method: 'POST',
        path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        headers: json,
        body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }),
        mutates: false,
        explain,
        signal,
      })
      const { username, groups } = parseAnswer(asked, selfReview, response).status.userInfo
      return { username, groups: groups ?? [] }
    },
  }
}
