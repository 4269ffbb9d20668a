import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failureOf } from '../failure-suite.ts'
import { testSurroundings } from '../testing.ts'
import { kubernetesConfig } from './config.ts'
import { kubernetesConnector } from './connect.ts'
import { clusterNameOf, loadKubeconfigClusters } from './kubeconfig-clusters.ts'

let folder: string
const pem = (text: string) => Buffer.from(text).toString('base64')
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'qm-kubeconfig-'))
  const file = (name: string, text: string) => writeFile(path.join(folder, name), text)
  await file('key.pem', 'KEY')
  await file('token', 'from-file\n')
  await file(
    'login.sh',
    `#!/bin/sh\necho '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"from-plugin"}}'\n`,
  )
  await file(
    'config',
    `
apiVersion: v1
kind: Config
current-context: gpu_east
clusters:
- {name: east, cluster: {server: "https://east:6443", certificate-authority-data: ${pem('CA')}, tls-server-name: api}}
- {name: west, cluster: {server: "http://west:8080"}}
users:
- {name: certs, user: {client-certificate-data: ${pem('CERT')}, client-key: key.pem}}
- {name: file, user: {tokenFile: token}}
- {name: basic, user: {username: ops, password: pw}}
- {name: plugin, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, args: [${path.join(folder, 'login.sh')}]}}}
- {name: broken, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, args: [-c, 'echo please log in >&2; exit 1']}}}
contexts:
- {name: gpu_east, context: {cluster: east, user: certs}}
- {name: west, context: {cluster: west, user: file}}
- {name: basic, context: {cluster: west, user: basic}}
- {name: plugin, context: {cluster: east, user: plugin}}
- {name: broken, context: {cluster: east, user: broken}}
- {name: orphan, context: {cluster: gone}}
`,
  )
  await file(
    'second',
    'clusters: [{name: south, cluster: {server: "https://south"}}]\ncontexts: [{name: south, context: {cluster: south}}, {name: west, context: {cluster: south}}]\n',
  )
  await file('broken-file', 'clusters: [')
})
afterAll(() => rm(folder, { recursive: true }))

const connector = (config: object, env: Record<string, string> = {}) =>
  kubernetesConnector(kubernetesConfig.parse(config), 'clusters[x].kubernetes', testSurroundings(env))
const context = (name: string, file = 'config') => connector({ kubeconfig: path.join(folder, file), context: name })

describe('kubeconfig contexts', () => {
  it('client certificate, inline or in a file beside the kubeconfig', async () => {
    const { baseUrl, headers, tls } = await context('gpu_east').connect(false)
    expect(baseUrl).toBe('https://east:6443')
    expect(headers).toEqual({})
    expect([tls?.ca, tls?.cert, tls?.key].map(String)).toEqual(['CA', 'CERT', 'KEY'])
    expect(tls?.servername).toBe('api')
  })

  it('is one TLS identity as long as nothing changes: one pool of connections', async () => {
    const one = context('gpu_east')
    const first = await one.connect(false)
    expect((await one.connect(false)).tls).toBe(first.tls)
    expect((await one.connect(true)).tls).toBe(first.tls)
  })

  it('token file and basic login', async () => {
    expect((await context('west').connect(false)).headers).toEqual({ authorization: 'Bearer from-file' })
    const basic = (await context('basic').connect(false)).headers.authorization
    expect(basic).toBe(`Basic ${Buffer.from('ops:pw').toString('base64')}`)
  })

  it('a login program is run by the official client', async () => {
    const { baseUrl, headers } = await context('plugin').connect(false)
    expect([baseUrl, headers.authorization]).toEqual(['https://east:6443', 'Bearer from-plugin'])
  })

  it('a token that a login program gives is told, to be masked', async () => {
    const told: string[] = []
    const config = kubernetesConfig.parse({ kubeconfig: path.join(folder, 'config'), context: 'plugin' })
    const onSecret = (text: string) => told.push(text)
    const one = kubernetesConnector(config, 'clusters[x].kubernetes', { ...testSurroundings(), onSecret })
    await one.connect(false)
    await one.connect(false)
    expect(told).toEqual(['from-plugin'])
  })

  it('a login program that fails is upstream-denied with its words', async () => {
    const error = await failureOf(context('broken').connect(false))
    expect(error.code).toBe('upstream-denied')
    expect(error.message).toContain('please log in')
  })

  it('several files: the first to name something wins, a missing one is skipped', async () => {
    const files = ['config', 'absent', 'second'].map((file) => path.join(folder, file)).join(':')
    const of = async (name: string) => (await connector({ kubeconfig: files, context: name }).connect(false)).baseUrl
    expect([await of('south'), await of('west')]).toEqual(['https://south', 'http://west:8080'])
  })

  it('KUBECONFIG of the environment is the default', async () => {
    const one = connector({ context: 'west' }, { KUBECONFIG: path.join(folder, 'config') })
    expect((await one.connect(false)).baseUrl).toBe('http://west:8080')
  })

  it.each([
    ['absent', 'west', 'absent'],
    ['broken-file', 'west', 'YAML'],
    ['config', 'nowhere', 'gpu_east'],
    ['config', 'orphan', 'orphan'],
  ])('%s, context %s: not-configured', async (file, name, word) => {
    const error = await failureOf(context(name, file).connect(false))
    expect(error.code).toBe('not-configured')
    expect(`${error.message} ${error.options.next}`).toContain(word)
  })
})

describe('other ways in', () => {
  it('in the cluster, without being in one, says so', async () => {
    const error = await failureOf(connector({ inCluster: true }).connect(false))
    expect(error.code).toBe('not-configured')
    expect(error.message).toContain('pod')
  })

  it('in the cluster reads the service account', async () => {
    const error = await failureOf(
      connector({ inCluster: true }, { KUBERNETES_SERVICE_HOST: '10.0.0.1' }).connect(false),
    )
    expect(error.message).toContain('/var/run/secrets/kubernetes.io/serviceaccount')
  })

  it('an address with a token file', async () => {
    const one = connector({ url: 'http://api:8080', tokenFile: path.join(folder, 'token') })
    expect((await one.connect(false)).headers.authorization).toBe('Bearer from-file')
  })

  it.each([
    [{}, 'exactly one'],
    [{ url: 'http://x', context: 'y' }, 'exactly one'],
    [{ context: 'y', token: 'z' }, 'url only'],
    [{ url: 'http://x', token: 'a', tokenFile: 'b' }, 'not both'],
    [{ url: 'http://x', kubeconfig: 'b' }, 'context'],
    [{ url: 'http://x', tokn: 'b' }, 'tokn'],
  ])('%j is refused', (config, words) => {
    expect(JSON.stringify(kubernetesConfig.safeParse(config).error?.issues)).toContain(words)
  })
})

describe('loadKubeconfigClusters', () => {
  it('makes a cluster of each context that has one', async () => {
    const clusters = await loadKubeconfigClusters(path.join(folder, 'config'), {})
    expect(clusters.map(({ name }) => name)).toEqual(['gpu-east', 'west', 'basic', 'plugin', 'broken'])
    expect(clusters[0]).toEqual({
      name: 'gpu-east',
      displayName: 'gpu_east',
      kubernetes: { kubeconfig: path.join(folder, 'config'), context: 'gpu_east' },
    })
  })

  it.each([
    ['arn:aws:eks:eu-1:123:cluster/GPU_East', 'arn-aws-eks-eu-1-123-cluster-gpu-east'],
    ['__a', 'a-cluster'],
    ['☸', 'cluster'],
    ['x'.repeat(100), 'x'.repeat(63)],
  ])('%s is named %s (FLT-005)', (name, wanted) => {
    expect(clusterNameOf(name)).toBe(wanted)
    expect(clusterNameOf(name)).toMatch(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/)
  })
})
