import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CheckoutEngine, checkoutProgram } from './checkout-build.ts'
import { runCommand } from './command.ts'
import type { Availability } from './engine.ts'
import { EngineUnavailable } from './errors.ts'
import type { StartOptions } from './folder.ts'
import type { Kubernetes } from './kubernetes.ts'
import { type KubernetesApi, mustSucceed } from './kubernetes-api.ts'
import { freePort } from './ports.ts'
import { answersOk } from './process.ts'
import { runEngine } from './run.ts'

export type OperatorOptions = StartOptions & { kubernetes: Kubernetes }
export type Operator = { logFile: string; stop(): Promise<void> }

export const programOf = (name: Exclude<CheckoutEngine, 'tempo'>): string => {
  const program = checkoutProgram(name)
  if (program !== undefined) return program
  throw new EngineUnavailable(`${name} is not built; run: node engines/main.ts --only ${name}`)
}

/**
 * KubeRay's operator over a running Kubernetes. It makes and watches Ray clusters for real; it cannot reach a dashboard, since
 * nothing runs in kwok's pods, so a RayService stays on its way.
 */
export async function startKuberayOperator({ kubernetes, ...options }: OperatorOptions): Promise<Operator> {
  const program = programOf('kuberay-operator')
  return runEngine('kuberay-operator', options, async (run) => {
    const health = `127.0.0.1:${await freePort()}`
    const operator = run.start({
      name: 'kuberay-operator',
      program,
      args: [
        '--enable-leader-election=false',
        `--metrics-addr=127.0.0.1:${await freePort()}`,
        `--health-probe-bind-address=${health}`,
      ],
      env: { KUBECONFIG: kubernetes.kubeconfigPath },
    })
    await operator.waitUntil(() => answersOk(`http://${health}/readyz`))
    return { logFile: operator.logFile, stop: run.stop }
  })
}

/**
 * Dynamo's operator over the graphs of one namespace of a running Kubernetes, with its admission webhooks. Graphs are taken
 * in v1beta1 only: the conversion webhook needs a service network.
 */
export async function startDynamoOperator({
  kubernetes,
  namespace,
  ...options
}: OperatorOptions & { namespace: string }): Promise<Operator> {
  const program = programOf('dynamo-operator')
  return runEngine('dynamo-operator', options, async (run) => {
    await defineKinds(kubernetes.api, 'nvidia.com', [
      ['DynamoCheckpoint', 'dynamocheckpoints', 'v1alpha1', 'Namespaced'],
    ])
    const [metrics, health, webhook] = [await freePort(), await freePort(), await freePort()]
    const certDir = await certificate(join(run.dir, 'certificate'))
    const config = join(run.dir, 'config.yaml')
    writeFileSync(config, JSON.stringify(operatorConfig({ metrics, health, webhook, certDir, namespace })))
    // It reads its own namespace from where a pod has it: a mount namespace shows it that file and leaves the machine's alone.
    const mounted = join(run.dir, 'namespace')
    writeFileSync(mounted, namespace)
    const account = '/var/run/secrets/kubernetes.io/serviceaccount'
    const script = `mount -t tmpfs none /var/run && mkdir -p ${account} && cp "$1" ${account}/namespace && shift && exec "$@"`
    const operator = run.start({
      name: 'dynamo-operator',
      program: 'unshare',
      args: [
        '--map-root-user',
        '--mount',
        'sh',
        '-c',
        script,
        'sh',
        mounted,
        program,
        `--config=${config}`,
        '--operator-version=1.5.0',
      ],
      env: { KUBECONFIG: kubernetes.kubeconfigPath },
    })
    await operator.waitUntil(() => answersOk(`http://127.0.0.1:${health}/readyz`))
    await admit(kubernetes.api, { webhook, ca: readFileSync(join(certDir, 'tls.crt')) })
    return { logFile: operator.logFile, stop: run.stop }
  })
}

/** Why no program can be shown files of its own here; undefined where it can, as containers do it. */
export function mountNamespace(): Availability | undefined {
  const tried = spawnSync('unshare', ['--map-root-user', '--mount', 'mount', '-t', 'tmpfs', 'none', '/var/run'])
  if (tried.status === 0) return undefined
  return { ok: false, why: `needs a mount namespace: ${tried.error?.message ?? String(tried.stderr).trim()}` }
}

/** From now on the operator judges each graph before it is stored, and each dry run. */
const admit = (api: KubernetesApi, { webhook, ca }: { webhook: number; ca: Buffer }): Promise<unknown> =>
  create(api, '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'dynamo-operator' },
    webhooks: [
      {
        name: 'vdynamographdeployment.kb.io',
        clientConfig: {
          url: `https://127.0.0.1:${webhook}/validate/nvidia.com/v1beta1/dynamographdeployments`,
          caBundle: ca.toString('base64'),
        },
        rules: [
          {
            apiGroups: ['nvidia.com'],
            apiVersions: ['v1beta1'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['dynamographdeployments'],
          },
        ],
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
      },
    ],
  })

/** Makes a folder with a certificate for 127.0.0.1, as a pod would have it mounted. */
export async function certificate(folder: string): Promise<string> {
  mkdirSync(folder)
  const made = await runCommand(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=127.0.0.1',
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-keyout',
      'tls.key',
      '-out',
      'tls.crt',
    ],
    { cwd: folder },
  )
  if (made.code !== 0) throw new EngineUnavailable(`openssl made no certificate: ${made.stderr.slice(-200)}`)
  return folder
}

interface Places {
  metrics: number
  health: number
  webhook: number
  certDir: string
  namespace: string
}

const operatorConfig = ({ metrics, health, webhook, certDir, namespace }: Places) => ({
  apiVersion: 'operator.config.dynamo.nvidia.com/v1alpha1',
  kind: 'OperatorConfiguration',
  server: {
    metrics: { bindAddress: '127.0.0.1', port: metrics, secure: false },
    healthProbe: { bindAddress: '127.0.0.1', port: health },
    webhook: {
      host: '127.0.0.1',
      port: webhook,
      certDir,
      certProvisionMode: 'manual',
      secretName: 'webhook-cert',
      serviceName: 'webhook',
    },
  },
  leaderElection: { enabled: false },
  namespace: { restricted: namespace },
  orchestrators: {
    grove: { enabled: false },
    lws: { enabled: false },
    kaiScheduler: { enabled: false },
    volcanoScheduler: { enabled: false },
  },
  dra: { enabled: false },
  mpi: { sshSecretName: 'mpi-ssh', sshSecretNamespace: namespace },
  discovery: { backend: 'kubernetes' },
})

type Kind = readonly [kind: string, plural: string, version: string, scope: 'Cluster' | 'Namespaced']

/** Defines kinds without a schema: a controller that watches a kind which is not there waits for it for ever. */
export async function defineKinds(api: KubernetesApi, group: string, kinds: readonly Kind[]): Promise<void> {
  for (const [kind, plural, version, scope] of kinds)
    await create(api, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
        scope,
        versions: [
          {
            name: version,
            served: true,
            storage: true,
            subresources: { status: {} },
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    })
}

export const create = (api: KubernetesApi, path: string, body: object): Promise<unknown> =>
  mustSucceed(api, { method: 'POST', path, body })
