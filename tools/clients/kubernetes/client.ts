import { ToolError } from '#contract'
import type { Endpoint, EndpointCall } from '../endpoint.ts'
import type { HttpResponse } from '../http.ts'
import { laterFetch } from '../later-fetch.ts'
import { parseAnswer } from '../parse.ts'
import { type Budget, budgetObjects, createBudget, createCached, tellingChanges } from './cached.ts'
import { createChange } from './change.ts'
import { createDiscovery } from './discovery.ts'
import { explainStatus, statusOf } from './errors.ts'
import { execInPod } from './exec.ts'
import { listAll } from './list.ts'
import { apiVersionOf, pathOf } from './paths.ts'
import { proxyPath } from './service-proxy.ts'
import { readTable } from './table.ts'
import { type ApplyOptions, type KubeObject, type KubernetesCluster, podKind, type ResourceKind } from './types.ts'
import { kubeObject, version } from './wire.ts'

const logLimitBytes = 1024 * 1024

/** `299 - "text" "date"` of each Warning header. */
export function warningsOf(response: HttpResponse): string[] {
  const { warning } = response.headers
  const text = Array.isArray(warning) ? warning.join(', ') : (warning ?? '')
  return [...text.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, words]) => words!.replace(/\\(.)/g, '$1'))
}

function needName(kind: ResourceKind, object: KubeObject): { namespace?: string; name: string } {
  const { name, namespace } = object.metadata
  if (kind.namespaced && !namespace) {
    throw new ToolError('invalid-input', `The ${kind.kind} "${name}" has no namespace.`, {
      next: 'Set metadata.namespace.',
      field: 'metadata.namespace',
      changed: 'nothing',
    })
  }
  return { name, namespace }
}

/** What server-side apply takes: named kind, and nothing that the server itself writes. */
function toApply(kind: ResourceKind, object: KubeObject): string {
  const { managedFields: _managed, ...metadata } = object.metadata as KubeObject['metadata'] & {
    managedFields?: unknown
  }
  return JSON.stringify({ ...object, apiVersion: apiVersionOf(kind), kind: kind.kind, metadata })
}

/** One API server over an endpoint. `now` gives milliseconds, for the age of what discovery told. */
export function createKubernetes(
  outlet: Endpoint,
  options: { now: () => number; credential: string; fieldManager?: string; budget?: Budget },
): KubernetesCluster {
  const endpoint = tellingChanges(outlet, () => remembered.forget())
  const cluster = endpoint.cluster ?? ''
  const { fieldManager = 'quartermaster' } = options
  const asked = { upstream: endpoint.upstream, cluster }
  const discovery = createDiscovery(endpoint, options.now)
  const explain = (response: HttpResponse) => explainStatus({ cluster, credential: options.credential }, response)
  const explainChange = (response: HttpResponse) =>
    explainStatus({ cluster, credential: options.credential, changes: true }, response)
  const { now, credential, budget = createBudget(budgetObjects) } = options
  const remembered = createCached(outlet, { now, credential, explain, budget })
  const call = (request: EndpointCall) => endpoint.call({ explain, ...request })

  async function apply(
    kind: ResourceKind,
    object: KubeObject,
    { dryRun = false, force, signal, onWarning }: ApplyOptions = {},
  ) {
    const { name, namespace } = needName(kind, object)
    const response = await call({
      method: 'PATCH',
      path: pathOf(kind, namespace, name),
      // Strict: a field the server does not know is an error, not silently dropped.
      query: { fieldManager, fieldValidation: 'Strict', force: force || undefined, dryRun: dryRun ? 'All' : undefined },
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: toApply(kind, object),
      mutates: !dryRun,
      explain: dryRun ? explain : explainChange,
      signal,
    })
    if (onWarning) warningsOf(response).forEach(onWarning)
    return parseAnswer(asked, kubeObject, response)
  }

  return {
    cluster,
    async version(signal) {
      const { gitVersion, platform } = parseAnswer(asked, version, await call({ path: '/version', signal }))
      return { gitVersion, platform }
    },
    servedVersions: discovery.servedVersions,
    resolveKind: discovery.resolve,
    list: (kind, query = {}) => listAll(endpoint, { kind, query, explain }),
    cached: remembered.cached,
    table: (kind, query = {}) => readTable(endpoint, { kind, query, explain }),
    async get(kind, { name, namespace, signal }) {
      return parseAnswer(asked, kubeObject, await call({ path: pathOf(kind, namespace, name), signal }))
    },
    apply,
    ...createChange(endpoint, { fieldManager, explain, explainChange }),
    async logs({ namespace, pod, signal, limitBytes = logLimitBytes, ...query }) {
      const path = `${pathOf(podKind, namespace, pod)}/log`
      const response = await call({ path, query: { limitBytes, ...query }, headers: { accept: '*/*' }, signal })
      return response.text()
    },
    execInPod: (query) => execInPod(endpoint, query, { credential: options.credential }),
    serviceFetch: (target) =>
      laterFetch(async () => {
        const { serviceFetch } = await import('./service-fetch.ts')
        return serviceFetch(endpoint, target, { credential: options.credential })
      }),
    async serviceProxy({ namespace, service, port, path, signal }) {
      const response = await call({
        path: `${proxyPath({ namespace, name: service, port })}/${path.replace(/^\/+/, '')}`,
        headers: { accept: '*/*' },
        // What the service itself says is an answer; a Status comes from the API server, which never reached it.
        pass: (_status, answer) => statusOf(answer) === undefined,
        signal,
      })
      const type = response.headers['content-type']
      const body = [101, 204, 205, 304].includes(response.status) ? null : new Uint8Array(response.body)
      return new Response(body, { status: response.status, headers: type ? { 'content-type': type } : {} })
    },
  }
}
