import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Kubernetes } from './kubernetes.ts'
import { certificate, create, defineKinds, type Operator, type OperatorOptions, programOf } from './operators.ts'
import { freePort } from './ports.ts'
import { answersOk } from './process.ts'
import { runEngine } from './run.ts'

/** Kinds that the controller watches and no test uses. */
const WATCHED = [
  ['ClusterServingRuntime', 'clusterservingruntimes', 'v1alpha1', 'Cluster'],
  ['InferenceGraph', 'inferencegraphs', 'v1alpha1', 'Namespaced'],
  ['TrainedModel', 'trainedmodels', 'v1alpha1', 'Namespaced'],
] as const

/** What its chart would set; a Kubernetes Deployment stands behind each InferenceService, and nothing routes to it. */
const HELPER = { memoryRequest: '100Mi', memoryLimit: '1Gi', cpuRequest: '100m', cpuLimit: '1' }
const SETTINGS = {
  agent: { image: 'kserve/agent', ...HELPER },
  batcher: { image: 'kserve/agent', ...HELPER },
  logger: { image: 'kserve/agent', ...HELPER, defaultUrl: 'http://default-broker' },
  router: { image: 'kserve/router', ...HELPER },
  storageInitializer: { image: 'kserve/storage-initializer', ...HELPER, cpuModelcar: '10m', memoryModelcar: '15Mi' },
  deploy: { defaultDeploymentMode: 'Standard' },
  ingress: {
    ingressGateway: 'knative-serving/knative-ingress-gateway',
    kserveIngressGateway: 'kserve/kserve-ingress-gateway',
    ingressDomain: 'example.com',
    domainTemplate: '{{ .Name }}-{{ .Namespace }}.{{ .IngressDomain }}',
    urlScheme: 'http',
    disableIstioVirtualHost: true,
    disableIngressCreation: true,
  },
}

/** KServe's controller of InferenceServices over a running Kubernetes that has the definitions of `kserve`; its webhooks are not registered. */
export async function startKserveController({ kubernetes, ...options }: OperatorOptions): Promise<Operator> {
  const program = programOf('kserve-controller')
  return runEngine('kserve-controller', options, async (run) => {
    await install(kubernetes)
    // It looks for its certificate under the system's temporary folder.
    const temporary = join(run.dir, 'tmp')
    mkdirSync(join(temporary, 'k8s-webhook-server'), { recursive: true })
    await certificate(join(temporary, 'k8s-webhook-server', 'serving-certs'))
    const health = `127.0.0.1:${await freePort()}`
    const controller = run.start({
      name: 'kserve-controller',
      program,
      args: [
        `--metrics-addr=127.0.0.1:${await freePort()}`,
        `--health-probe-addr=${health}`,
        `--webhook-port=${await freePort()}`,
      ],
      env: { KUBECONFIG: kubernetes.kubeconfigPath, POD_NAMESPACE: 'kserve', TMPDIR: temporary },
    })
    await controller.waitUntil(() => answersOk(`http://${health}/readyz`))
    return { logFile: controller.logFile, stop: run.stop }
  })
}

async function install({ api }: Kubernetes): Promise<void> {
  await defineKinds(api, 'serving.kserve.io', WATCHED)
  await create(api, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kserve' } })
  await create(api, '/api/v1/namespaces/kserve/configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'inferenceservice-config' },
    data: Object.fromEntries(Object.entries(SETTINGS).map(([name, value]) => [name, JSON.stringify(value)])),
  })
}
