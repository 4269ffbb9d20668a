import { afterEach, describe, expect, it } from 'vitest'
import { clientFailures, failureOf } from '../failure-suite.ts'
import { serve, serveJson, type TestServer } from '../testing.ts'
import { warningsOf } from './client.ts'
import { fetchServiceJson } from './service-proxy.ts'
import { deploymentKind, openKubernetes, refusal } from './testing.ts'
import { nodeKind, podKind } from './types.ts'

const codes = {
  unreachable: 'cluster-unreachable',
  timeout: 'upstream-timeout',
  cluster: 'gpu-east',
  credential: 'clusters[gpu-east].kubernetes.token',
} as const
clientFailures(
  'kubernetes list',
  ({ url, signal, ...setup }) => openKubernetes(url, setup).list(podKind, { signal }),
  codes,
)
clientFailures(
  'kubernetes get',
  ({ url, signal, ...setup }) => openKubernetes(url, setup).get(nodeKind, { name: 'a', signal }),
  codes,
)
clientFailures(
  'kubernetes discovery',
  ({ url, signal, ...setup }) => openKubernetes(url, setup).resolveKind('pods', signal),
  codes,
)
clientFailures(
  'kubernetes logs',
  ({ url, signal, ...setup }) => openKubernetes(url, setup).logs({ namespace: 'a', pod: 'b', signal }),
  { ...codes, json: false },
)
clientFailures(
  'kubernetes patch',
  ({ url, signal, ...setup }) =>
    openKubernetes(url, setup).patch(nodeKind, { name: 'a', body: { spec: { unschedulable: true } }, signal }),
  { ...codes, changes: true },
)
clientFailures(
  'kubernetes eviction',
  ({ url, signal, ...setup }) => openKubernetes(url, setup).evict({ namespace: 'a', pod: 'b', signal }),
  { ...codes, changes: true, json: false },
)

let server: TestServer
afterEach(() => server?.close())

const pods = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ metadata: { name: `pod-${from + index}`, namespace: 'a' } }))
describe('kubernetes list', () => {
  it('pages by 500 with the continue token, and begins anew once when the token is gone (410)', async () => {
    let gone = false
    server = await serve((request, response) => {
      const query = new URL(request.url!, 'http://x').searchParams
      const from = Number(query.get('continue') ?? 0)
      if (from === 500 && !gone) {
        gone = true
        response.statusCode = 410
        return response.end(JSON.stringify(refusal(410, 'Expired')))
      }
      const count = Math.min(Number(query.get('limit')), 1200 - from)
      const metadata = { resourceVersion: '7', continue: from + count < 1200 ? `${from + count}` : '' }
      return response.end(JSON.stringify({ kind: 'PodList', metadata, items: pods(from, count) }))
    })
    const { items, resourceVersion, remaining } = await openKubernetes(server.url).list(podKind, {
      labelSelector: 'a=b,c!=d',
    })
    expect(new Set(items.map(({ metadata }) => metadata.name)).size).toBe(1200)
    expect(items[0]).toMatchObject({ apiVersion: 'v1', kind: 'Pod' })
    expect({ resourceVersion, remaining }).toEqual({ resourceVersion: '7', remaining: 0 })
    expect(server.requests[0]).toBe('GET /api/v1/pods?labelSelector=a%3Db%2Cc%21%3Dd&limit=500')
    expect(server.requests).toHaveLength(5)
  })

  it('gives up after the token was gone three times', async () => {
    server = await serveJson(refusal(410, 'Expired'), 410)
    expect((await failureOf(openKubernetes(server.url).list(podKind))).code).toBe('conflict')
    expect(server.requests).toHaveLength(3)
  })

  it('stops at the limit and passes on how many remain', async () => {
    server = await serveJson({
      metadata: { resourceVersion: '1', continue: 'x', remainingItemCount: 97 },
      items: pods(0, 3),
    })
    const { items, remaining } = await openKubernetes(server.url).list(podKind, { namespace: 'a b', limit: 3 })
    expect([items.length, remaining]).toEqual([3, 97])
    expect(server.requests).toEqual(['GET /api/v1/namespaces/a%20b/pods?limit=3'])
  })

  it('an item without a name is garbage, by its place', async () => {
    server = await serveJson({ metadata: {}, items: [...pods(0, 2), { metadata: {} }] })
    const error = await failureOf(openKubernetes(server.url).list(podKind))
    expect(error.options.details?.member).toBe('items[2]')
  })

  it('null items are none', async () => {
    server = await serveJson({ metadata: {}, items: null })
    expect((await openKubernetes(server.url).list(podKind)).items).toEqual([])
  })
})

describe('kubernetes changes', () => {
  it('applies as quartermaster, strictly, without what the server writes, once', async () => {
    const seen: unknown[] = []
    server = await serve((request, response, body) => {
      seen.push(request.headers['content-type'], request.headers.connection, JSON.parse(body))
      response.setHeader('warning', ['299 - "apps/v1beta1 is \\"old\\""', '299 - "second"'])
      response.end(body)
    })
    const warnings: string[] = []
    const metadata = { name: 'web', namespace: 'a', managedFields: [{ manager: 'x' }] }
    await openKubernetes(server.url).apply(
      deploymentKind,
      { metadata, spec: { replicas: 1 } },
      { dryRun: true, force: true, onWarning: (warning) => warnings.push(warning) },
    )
    expect(server.requests).toEqual([
      'PATCH /apis/apps/v1/namespaces/a/deployments/web?fieldManager=quartermaster&fieldValidation=Strict&force=true&dryRun=All',
    ])
    expect(seen[0]).toBe('application/apply-patch+yaml')
    expect(seen[2]).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'a' },
      spec: { replicas: 1 },
    })
    expect(warnings).toEqual(['apps/v1beta1 is "old"', 'second'])
  })

  it('a change whose answer broke off is not repeated and says that it may have happened', async () => {
    server = await serve((request) => request.socket.destroy())
    const error = await failureOf(
      openKubernetes(server.url).apply(deploymentKind, { metadata: { name: 'web', namespace: 'a' } }),
    )
    expect(error.options.changed).toBe('unknown')
    expect(server.requests).toHaveLength(1)
  })

  it('a dry run whose answer broke off changed nothing and is repeated', async () => {
    server = await serve((request) => request.socket.destroy())
    const object = { metadata: { name: 'web', namespace: 'a' } }
    const error = await failureOf(openKubernetes(server.url).apply(deploymentKind, object, { dryRun: true }))
    expect(error.options.changed).toBeUndefined()
    expect(server.requests).toHaveLength(3)
  })

  it('a namespaced object without a namespace is refused before anything is sent', async () => {
    const error = await failureOf(
      openKubernetes('http://127.0.0.1:1').apply(deploymentKind, { metadata: { name: 'web' } }),
    )
    expect(error.options.field).toBe('metadata.namespace')
  })

  it('deletes in the background', async () => {
    let sent = {}
    server = await serve((_request, response, body) => {
      sent = JSON.parse(body)
      response.end(JSON.stringify({ kind: 'Status', status: 'Success' }))
    })
    await openKubernetes(server.url).delete(nodeKind, { name: 'n1' })
    expect(server.requests).toEqual(['DELETE /api/v1/nodes/n1'])
    expect(sent).toMatchObject({ propagationPolicy: 'Background' })
  })
})

describe('kubernetes logs and service proxy', () => {
  it('asks for logs with every option and a bound', async () => {
    server = await serve((_request, response) => response.end('one\ntwo\n'))
    const query = { namespace: 'a', pod: 'b', container: 'c', tailLines: 2, previous: true, sinceSeconds: 60 }
    expect(await openKubernetes(server.url).logs(query)).toBe('one\ntwo\n')
    expect(server.requests).toEqual([
      'GET /api/v1/namespaces/a/pods/b/log?limitBytes=1048576&container=c&tailLines=2&previous=true&sinceSeconds=60',
    ])
  })

  it("passes the service's own answer through, whatever its status", async () => {
    server = await serve((_request, response) => {
      response.writeHead(503, { 'content-type': 'text/plain' })
      response.end('warming up')
    })
    const target = { namespace: 'a', service: 'llm', port: 'http', path: '/v1/models?x=1' }
    const response = await openKubernetes(server.url).serviceProxy(target)
    expect([response.status, await response.text()]).toEqual([503, 'warming up'])
    expect(server.requests).toEqual(['GET /api/v1/namespaces/a/services/llm%3Ahttp/proxy/v1/models?x=1'])
    const error = await failureOf(fetchServiceJson(openKubernetes(server.url), target))
    expect(error.code).toBe('upstream-error')
    expect(error.message).toContain('warming up')
  })

  it('a refusal of the API server itself is an error', async () => {
    server = await serveJson(refusal(503, 'ServiceUnavailable', { message: 'no endpoints available' }), 503)
    const target = { namespace: 'a', service: 'llm', port: 80, path: '/' }
    const error = await failureOf(openKubernetes(server.url).serviceProxy(target))
    expect(error.message).toContain('no endpoints available')
  })

  it('JSON of a service, or a clear word that it is none', async () => {
    server = await serve((request, response) => response.end(request.url?.endsWith('/good') ? '{"a":1}' : 'text'))
    const target = { namespace: 'a', service: 'llm', port: 80, path: 'good' }
    expect(await fetchServiceJson(openKubernetes(server.url), target)).toEqual({ a: 1 })
    const error = await failureOf(fetchServiceJson(openKubernetes(server.url), { ...target, path: 'bad' }))
    expect(error.code).toBe('upstream-garbage')
  })
})

describe('warningsOf', () => {
  it('reads several warnings in one header, with commas in them', () => {
    const headers = { warning: '299 - "a, b", 299 - "c" "Mon, 01 Jan 2026 00:00:00 GMT"' }
    expect(warningsOf({ headers, status: 200, body: Buffer.alloc(0), text: () => '' })).toEqual(['a, b', 'c'])
  })
})
