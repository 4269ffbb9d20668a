import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CrdSet, readCrds } from './crds.ts'
import { EngineUnavailable } from './errors.ts'
import type { StartOptions } from './folder.ts'
import { type KubernetesApi, kubernetesApi, mustSucceed } from './kubernetes-api.ts'
import { kubernetesBuilt, kubernetesPrograms } from './kubernetes-build.ts'
import { addGpuNodes, type GpuNodes } from './kubernetes-nodes.ts'
import { freePort } from './ports.ts'
import { answersOk } from './process.ts'
import { type EngineRun, runEngine } from './run.ts'

export type KubernetesOptions = StartOptions & {
  /** Name of the cluster, the user and the context in the kubeconfig; `real` when absent. */
  name?: string
  /** Definitions to install; each must be available (`available('dynamo-crds')`). */
  crds?: CrdSet[]
  nodes?: GpuNodes[]
  /** Write who asked for what, and the answer's status, to a file (`auditLogPath`) */
  audit?: boolean
  /** PEM file of an authority whose client certificates it takes: CN is the user, O a group */
  clientCaFile?: string
}

export type Kubernetes = {
  url: string
  caPem: string
  /** Token of a cluster administrator, and of a user who may do nothing. */
  token: string
  powerlessToken: string
  /** A file with one context, for an administrator. */
  kubeconfigPath: string
  /** One JSON event a line, where `audit` was asked for */
  auditLogPath: string
  api: KubernetesApi
  /** Where its etcd listens, without a password: for tests that need more objects than writes would bring in time. */
  etcdUrl: string
  addGpuNodes(nodes: GpuNodes): Promise<string[]>
  applyCrds(set: CrdSet): Promise<string[]>
  stop(): Promise<void>
}

/**
 * Starts etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok on loopback. Objects are validated,
 * admitted, controlled and scheduled for real; nodes and running pods are played by kwok. There is no kubelet, so logs and
 * exec do not work.
 */
export async function startKubernetes(options: KubernetesOptions = {}): Promise<Kubernetes> {
  if (!kubernetesBuilt()) throw new EngineUnavailable('Kubernetes is not built; run: node engines/main.ts')
  return runEngine('kubernetes', options, async (run) => {
    const site = makeSite(run, options.name ?? 'real')
    const etcdUrl = await startEtcd(site)
    const auditLogPath = join(run.dir, 'audit.log')
    const server = await startApiServer(site, etcdUrl, [
      ...(options.audit ? auditFlags(run.dir, auditLogPath) : []),
      ...(options.clientCaFile ? [`--client-ca-file=${options.clientCaFile}`] : []),
    ])
    const { token, powerlessToken } = site
    const api = kubernetesApi({ ...server, token })
    const kubeconfigPath = writeKubeconfig(site, server)
    await startControllers(site, { kubeconfigPath, api })
    for (const set of options.crds ?? []) await applyCrds(api, set)
    for (const nodes of options.nodes ?? []) await addGpuNodes(api, nodes)
    return {
      ...server,
      token,
      powerlessToken,
      kubeconfigPath,
      auditLogPath,
      api,
      etcdUrl,
      addGpuNodes: (nodes) => addGpuNodes(api, nodes),
      applyCrds: (set) => applyCrds(api, set),
      stop: run.stop,
    }
  })
}

type Site = { run: EngineRun; name: string; token: string; powerlessToken: string; keyFile: string; tokenFile: string }
type Server = { url: string; caPem: string }

function makeSite(run: EngineRun, name: string): Site {
  const token = randomBytes(24).toString('hex')
  const powerlessToken = randomBytes(24).toString('hex')
  const keyFile = join(run.dir, 'service-account.key')
  const tokenFile = join(run.dir, 'tokens.csv')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 })
  const lines = [`${token},administrator,administrator,"system:masters"`, `${powerlessToken},powerless,powerless`]
  writeFileSync(tokenFile, `${lines.join('\n')}\n`, { mode: 0o600 })
  return { run, name, token, powerlessToken, keyFile, tokenFile }
}

async function startEtcd(site: Site): Promise<string> {
  const client = `http://127.0.0.1:${await freePort()}`
  const peer = `http://127.0.0.1:${await freePort()}`
  const etcd = site.run.start({
    program: kubernetesPrograms().etcd,
    args: [
      `--data-dir=${join(site.run.dir, 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      // Worthless data: a broken disk loses nothing, and small machines are spared thousands of syncs.
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
  })
  await etcd.waitUntil(() => answersOk(`${client}/health`))
  return client
}

/** Metadata of every answer: verb, resource, user and status, no bodies. */
function auditFlags(folder: string, path: string): string[] {
  const policy = join(folder, 'audit-policy.json')
  const rules = [{ level: 'Metadata' }]
  const omitStages = ['RequestReceived']
  writeFileSync(policy, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages, rules }))
  return [`--audit-policy-file=${policy}`, `--audit-log-path=${path}`, '--audit-log-mode=blocking']
}

async function startApiServer(site: Site, etcdUrl: string, more: string[]): Promise<Server> {
  const port = await freePort()
  const certificates = join(site.run.dir, 'certificates')
  mkdirSync(certificates)
  const server = site.run.start({
    name: 'kube-apiserver',
    program: kubernetesPrograms().controlPlane,
    args: [
      'kube-apiserver',
      `--etcd-servers=${etcdUrl}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${port}`,
      // It signs a certificate for 127.0.0.1 itself and writes it here with its authority.
      `--cert-dir=${certificates}`,
      `--token-auth-file=${site.tokenFile}`,
      '--authorization-mode=RBAC',
      '--anonymous-auth=false',
      `--service-account-key-file=${site.keyFile}`,
      `--service-account-signing-key-file=${site.keyFile}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      '--service-cluster-ip-range=10.0.0.0/24',
      '--endpoint-reconciler-type=none',
      ...more,
    ],
  })
  const certificate = join(certificates, 'apiserver.crt')
  const url = `https://127.0.0.1:${port}`
  await server.waitUntil(async () => {
    if (!existsSync(certificate)) return false
    const api = kubernetesApi({ url, caPem: readFileSync(certificate, 'utf8'), token: site.token })
    return (await api({ path: '/readyz' })).status === 200
  })
  return { url, caPem: readFileSync(certificate, 'utf8') }
}

function writeKubeconfig(site: Site, server: Server): string {
  const { name } = site
  const certificate = Buffer.from(server.caPem).toString('base64')
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server: server.url, 'certificate-authority-data': certificate } }],
    users: [{ name, user: { token: site.token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  }
  const path = join(site.run.dir, 'kubeconfig')
  writeFileSync(path, JSON.stringify(kubeconfig, undefined, 2), { mode: 0o600 })
  return path
}

const KWOK_SETTINGS = [
  `--config=${join(import.meta.dirname, 'kwok-stages.yaml')}`,
  '--manage-all-nodes=true',
  '--node-ip=127.0.0.1',
  '--node-lease-duration-seconds=40',
]

type Access = { kubeconfigPath: string; api: KubernetesApi }

async function startControllers(site: Site, access: Access): Promise<void> {
  const { controlPlane, kwok } = kubernetesPrograms()
  const common = [`--kubeconfig=${access.kubeconfigPath}`]
  // Port 0 turns their own servers off; alone, they need no election.
  const alone = [...common, '--leader-elect=false', '--secure-port=0', '--kube-api-qps=200', '--kube-api-burst=400']
  const key = `--service-account-private-key-file=${site.keyFile}`
  const started = [
    site.run.start({
      name: 'kube-controller-manager',
      program: controlPlane,
      args: ['kube-controller-manager', ...alone, key],
    }),
    site.run.start({ name: 'kube-scheduler', program: controlPlane, args: ['kube-scheduler', ...alone] }),
    site.run.start({ program: kwok, args: [...common, ...KWOK_SETTINGS] }),
  ]
  // Pods are refused until the controller manager has made this account.
  const path = '/api/v1/namespaces/default/serviceaccounts/default'
  for (const engine of started) await engine.waitUntil(async () => (await access.api({ path })).status === 200)
}

type CrdState = { status?: { conditions?: { type: string; status: string }[] } }

async function applyCrds(api: KubernetesApi, set: CrdSet): Promise<string[]> {
  const crds = readCrds(set)
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  for (const crd of crds) await mustSucceed(api, { method: 'POST', path, body: crd })
  const names = crds.map((crd) => crd.metadata.name)
  const deadline = performance.now() + 60_000
  for (const name of names) {
    while (!isEstablished((await mustSucceed(api, { path: `${path}/${name}` })) as CrdState)) {
      if (performance.now() > deadline) throw new Error(`${name} was not established within a minute`)
      await sleep(100)
    }
  }
  return names
}

function isEstablished(crd: CrdState): boolean {
  return crd.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ?? false
}
