import { afterEach, describe, expect, it } from 'vitest'
import { failureOf } from '../failure-suite.ts'
import { serve, serveJson, type TestServer } from '../testing.ts'
import { deploymentKind, openKubernetes, refusal } from './testing.ts'
import { podKind } from './types.ts'

let server: TestServer
afterEach(() => server?.close())

describe('kubernetes refusals keep the reason of the server', () => {
  it('403 tells who lacks what', async () => {
    const message =
      'pods is forbidden: User "system:serviceaccount:qm:agent" cannot list resource "pods" in API group ""'
    server = await serveJson(refusal(403, 'Forbidden', { message }), 403)
    const error = await failureOf(openKubernetes(server.url).list(podKind))
    expect(error.code).toBe('upstream-denied')
    expect(error.message).toContain('cannot list resource "pods"')
    expect(error.options.next).toContain('system:serviceaccount:qm:agent')
  })

  it('422 names the field in the sentence and lists the causes', async () => {
    const causes = [{ reason: 'FieldValueInvalid', message: 'Invalid value: -1', field: 'spec.replicas' }]
    server = await serveJson(refusal(422, 'Invalid', { details: { causes } }), 422)
    const object = { metadata: { name: 'web', namespace: 'a' } }
    const error = await failureOf(openKubernetes(server.url).apply(deploymentKind, object))
    expect(error.code).toBe('invalid-request')
    expect(error.message).toContain('spec.replicas: Invalid value: -1')
    expect(error.options).toMatchObject({ field: 'spec.replicas', changed: 'nothing', details: { causes } })
  })

  it('409 of an apply names the other manager and the field', async () => {
    const causes = [
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "kubectl-edit" using apps/v1',
        field: '.spec.replicas',
      },
    ]
    server = await serveJson(refusal(409, 'Conflict', { details: { causes } }), 409)
    const error = await failureOf(
      openKubernetes(server.url).apply(deploymentKind, { metadata: { name: 'web', namespace: 'a' } }),
    )
    expect(error.code).toBe('conflict')
    expect(error.message).toContain('spec.replicas')
    expect(error.options.next).toContain('kubectl-edit')
    expect(error.options.details?.managers).toEqual(['kubectl-edit'])
  })

  it.each([
    [409, 'AlreadyExists', 'it is there', 'already-exists'],
    [409, 'Conflict', 'the object has been modified', 'conflict'],
    [400, 'BadRequest', 'strict decoding error: unknown field "spec.replicaz"', 'invalid-request'],
    [400, 'BadRequest', 'container "main" in pod "b" is waiting to start: ImagePullBackOff', 'not-found'],
    [504, 'Timeout', 'context deadline exceeded', 'upstream-timeout'],
    [500, 'InternalError', 'etcdserver: no leader', 'upstream-error'],
    [
      500,
      '',
      'failed to create typed patch object (a/b; v1): .spec.replicaz: field not declared in schema',
      'invalid-request',
    ],
  ] as const)('%i %s: %s', async (code, reason, message, expected) => {
    server = await serveJson(refusal(code, reason, { message }), code)
    const error = await failureOf(openKubernetes(server.url).get(podKind, { name: 'b', namespace: 'a' }))
    expect(error.code).toBe(expected)
    expect(error.message).toMatch(
      code === 500 && expected === 'invalid-request' ? /spec\.replicaz/ : message.slice(-10),
    )
  })

  it('logs of a pod with several containers: lists them', async () => {
    const message = 'a container name must be specified for pod b, choose one of: [main sidecar]'
    server = await serveJson(refusal(400, 'BadRequest', { message }), 400)
    const error = await failureOf(openKubernetes(server.url).logs({ namespace: 'a', pod: 'b' }))
    expect(error.code).toBe('invalid-input')
    expect(error.options).toMatchObject({ field: 'container', details: { containers: ['main', 'sidecar'] } })
  })

  it('a path that is not served: the kind is not installed', async () => {
    server = await serve((_request, response) => {
      response.statusCode = 404
      response.end('404 page not found\n')
    })
    const error = await failureOf(openKubernetes(server.url).list(deploymentKind))
    expect(error.code).toBe('not-found')
    expect(error.options.next).toContain('CRD')
  })
})
