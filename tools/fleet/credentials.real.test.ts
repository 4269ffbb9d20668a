import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { clusterCredentials, clusters } from '#db/schema/fleet.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { available, type Kubernetes, startKubernetes } from '../../engines/index.ts'
import { failureOf } from '../clients/failure-suite.ts'
import { registerCluster } from './register-cluster.tool.ts'
import { registryServer } from './registry-testing.ts'
import { setClusterCredentials } from './set-cluster-credentials.tool.ts'

let folder: string
let engine: Kubernetes
let database: TestDatabase
let server: Awaited<ReturnType<typeof registryServer>>

/** An authority, and a certificate of a cluster administrator that it signed. */
function makeCertificates(): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-days',
    '30',
    '-subj',
    '/CN=test authority',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
  )
  openssl(
    'req',
    ...newKey,
    '-subj',
    '/O=system:masters/CN=by-certificate',
    '-keyout',
    'client.key',
    '-out',
    'client.csr',
  )
  const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '10', '-out', 'client.crt']
  openssl('x509', '-req', '-in', 'client.csr', ...signed)
}

/** A token of a service account that may look at everything, good for an hour. */
async function serviceAccountToken(): Promise<string> {
  const post = (path: string, body: object) => engine.api({ method: 'POST', path, body })
  await post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'quartermaster' } })
  const rules = [{ apiGroups: [''], resources: ['namespaces', 'nodes'], verbs: ['list'] }]
  await post('/apis/rbac.authorization.k8s.io/v1/clusterroles', { metadata: { name: 'looks' }, rules })
  await post('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'looks' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'looks' },
    subjects: [{ kind: 'ServiceAccount', name: 'quartermaster', namespace: 'default' }],
  })
  const { body } = await post('/api/v1/namespaces/default/serviceaccounts/quartermaster/token', {
    spec: { expirationSeconds: 3600 },
  })
  return (body as { status: { token: string } }).status.token
}

describe.skipIf(!available('kubernetes').ok)('credentials on a real API server', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quartermaster-credentials-'))
    makeCertificates()
    engine = await startKubernetes({ clientCaFile: join(folder, 'ca.crt') })
    database = await testDatabase()
  })
  afterAll(async () => {
    server?.clients.close()
    await database?.close()
    await engine?.stop()
    await rm(folder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    await database.db.delete(clusters)
    server = await registryServer(database, { at: () => new Date() })
    const input = { name: 'real', apiServerUrl: engine.url, caCertificate: engine.caPem }
    expect((await server.plan(registerCluster, input)).checks).toMatchObject([
      { label: 'API server', state: 'pass', detail: expect.stringContaining('wants credentials') },
    ])
    await server.run(registerCluster, input)
  })

  const give = (credential: object) => server.run(setClusterCredentials, { cluster: 'real', kubernetes: credential })
  const detail = async (credential: object) =>
    ((await give(credential)).data as unknown as { validation: { detail: string }[] }).validation[0]!.detail
  const file = (name: string) => readFile(join(folder, name), 'utf8')
  const certificate = async () => ({
    kind: 'certificate',
    certificate: await file('client.crt'),
    key: await file('client.key'),
  })

  it('a kubeconfig, a service-account token and a client certificate sign in, each as who it is (FLT-025, FLT-037)', async () => {
    const kubeconfig = await readFile(engine.kubeconfigPath, 'utf8')
    expect(await detail({ kind: 'kubeconfig', kubeconfig })).toMatch(
      /^Kubernetes v1\.\d+.*, signed in as administrator$/,
    )
    const token = await serviceAccountToken()
    expect(await detail({ kind: 'token', token })).toContain('system:serviceaccount:default:quartermaster')
    const [row] = await database.db.select().from(clusterCredentials)
    // its own end, an hour from now, is before the thirty days (FLT-024)
    expect(row!.expiresAt.getTime() - Date.now()).toBeLessThan(3_700_000)
    expect(await detail(await certificate())).toContain('signed in as by-certificate')
    expect((await server.clients.kubernetes.for('real').whoAmI()).username).toBe('by-certificate')
  })

  it.each([
    ['a wrong token', () => ({ kind: 'token', token: 'not-a-token-of-this-cluster' }), 'invalid'],
    ['one without rights', () => ({ kind: 'token', token: engine.powerlessToken }), 'insufficient-permissions'],
  ])('%s is refused, and what was there stays (FLT-026, FLT-038)', async (_, credential, outcome) => {
    await give({ kind: 'token', token: engine.token })
    const error = await failureOf(give(credential()))
    expect([error.code, error.message.includes(`kubernetes: ${outcome}`)]).toEqual(['credentials-invalid', true])
    expect((await server.clients.kubernetes.for('real').whoAmI()).username).toBe('administrator')
  })

  it('a certificate of another authority is refused', async () => {
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=x']
    execFileSync('openssl', [...args, '-keyout', 'other.key', '-out', 'other.crt'], { cwd: folder, stdio: 'pipe' })
    const other = { kind: 'certificate', certificate: await file('other.crt'), key: await file('other.key') }
    expect((await failureOf(give(other))).message).toContain('kubernetes: invalid')
    const mixed = { ...(await certificate()), key: other.key }
    expect((await failureOf(give(mixed))).options.field).toBe('kubernetes.key')
  })

  it('rotation from a token to a certificate loses no question (FLT-026)', async () => {
    await give({ kind: 'token', token: engine.token })
    let running = true
    const seen = new Set<string>()
    const asked = (async () => {
      while (running) seen.add((await server.clients.kubernetes.for('real').whoAmI()).username)
    })()
    await give(await certificate())
    running = false
    await asked
    expect((await server.clients.kubernetes.for('real').whoAmI()).username).toBe('by-certificate')
    expect(seen.has('administrator')).toBe(true)
  })
})
