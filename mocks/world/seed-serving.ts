import type { Boot } from './boot.ts'
import { SERVED_MODELS, type ServedModel } from './catalogue.ts'
import { DGD } from './dynamo.ts'
import { RAY_CLUSTER } from './kuberay.ts'
import { integerOf } from './random.ts'
import { podTemplate, type TemplateInput } from './templates.ts'
import { kubeTime } from './time-text.ts'

const HOUR_MS = 3_600_000
const RUNTIME = 'nvcr.io/nvidia/ai-dynamo'

/** Served models, Ray clusters, training and notebooks: everything that holds GPUs. */
export function seedGpuWork(boot: Boot): void {
  const { cluster } = boot
  const here = cluster.spec.name
  // Whole-node work first, so that it finds whole nodes.
  for (const run of TRAINING.filter((one) => one.cluster === here)) seedTraining(boot, run)
  const models = SERVED_MODELS.filter((served) => served.cluster === here)
  for (const served of [...models].sort((a, b) => b.tensorParallel - a.tensorParallel)) seedModel(boot, served)
  for (const ray of RAY_CLUSTERS.filter((one) => one.cluster === here)) seedRayCluster(boot, ray)
  for (let index = 0; index < (NOTEBOOKS[here] ?? 0); index++) seedNotebook(boot, index)
}

function ageMs(boot: Boot, name: string): number {
  return boot.cluster.bootMs - integerOf(`${boot.cluster.seed}/${name}/age`, 20, 500) * HOUR_MS
}

function seedModel(boot: Boot, served: ServedModel) {
  const nodeSelector = { 'node-pool': served.pool }
  const creationTimestamp = kubeTime(ageMs(boot, served.name))
  if (served.engine === 'plain-vllm') {
    const args = [
      'serve',
      served.model,
      '--port',
      '8000',
      '--tensor-parallel-size',
      String(served.tensorParallel),
      '--gpu-memory-utilization',
      '0.92',
    ]
    const template = podTemplate({
      image: 'vllm/vllm-openai:v0.31.0',
      container: 'vllm',
      command: ['vllm'],
      args,
      labels: { app: served.name, 'app.kubernetes.io/component': 'inference' },
      ports: [{ name: 'http', containerPort: 8000 }],
      cpu: '4',
      memory: '24Gi',
      gpus: served.tensorParallel,
      nodeSelector,
    })
    boot.workload({
      kind: 'Deployment',
      namespace: 'inference',
      name: served.name,
      createdMs: Date.parse(creationTimestamp),
      replicas: served.replicas,
      template,
    })
    boot.object('services', serviceFor(served.name, { creationTimestamp, selector: { app: served.name }, port: 8000 }))
    return
  }
  const version = boot.cluster.spec.dynamoVersions[0] ?? 'v1beta1'
  boot.object(DGD, {
    apiVersion: `nvidia.com/${version}`,
    kind: 'DynamoGraphDeployment',
    metadata: {
      name: served.name,
      namespace: 'inference',
      creationTimestamp,
      labels: { 'app.kubernetes.io/managed-by': 'gitops' },
    },
    spec: version === 'v1beta1' ? betaSpec(served, nodeSelector) : alphaSpec(served, nodeSelector),
  })
}

/** A Service before the pods of a plain engine. */
export function serviceFor(
  name: string,
  { creationTimestamp, selector, port }: { creationTimestamp: string; selector: Record<string, string>; port: number },
) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'inference', creationTimestamp, labels: selector },
    spec: {
      type: 'ClusterIP',
      clusterIP: `10.97.${integerOf(`${name}/a`, 1, 250)}.${integerOf(`${name}/b`, 1, 250)}`,
      selector,
      ports: [{ name: 'http', port, targetPort: 'http', protocol: 'TCP' }],
    },
    status: { loadBalancer: {} },
  }
}

function workerArgs(served: ServedModel, mode?: string): string[] {
  const flag = served.engine === 'sglang' ? '--model-path' : '--model'
  const parallel = served.engine === 'sglang' ? '--tp' : '--tensor-parallel-size'
  return [flag, served.model, parallel, String(served.tensorParallel), ...(mode ? ['--disaggregation-mode', mode] : [])]
}

function betaSpec(served: ServedModel, nodeSelector: Record<string, string>) {
  const image = `${RUNTIME}/${served.engine}-runtime:1.6.0`
  const envFrom = [{ secretRef: { name: 'hf-token-secret' } }]
  const worker = (name: string, type: string, replicas: number) => ({
    name,
    type,
    replicas,
    // One of the graphs is scaled through its adapter, so that both ways exist.
    ...(served.name === 'gpt-oss-120b' ? { scalingAdapter: {} } : {}),
    podTemplate: {
      spec: {
        nodeSelector,
        containers: [
          {
            name: 'main',
            image,
            command: ['python3', '-m', `dynamo.${served.engine}`],
            args: workerArgs(served, type === 'worker' ? undefined : type),
            workingDir: `/workspace/examples/backends/${served.engine}`,
            envFrom,
            resources: {
              requests: { cpu: '8', memory: '64Gi', 'nvidia.com/gpu': String(served.tensorParallel) },
              limits: { memory: '64Gi', 'nvidia.com/gpu': String(served.tensorParallel) },
            },
          },
        ],
      },
    },
  })
  const prefix = served.engine === 'sglang' ? 'Sglang' : 'Vllm'
  const workers =
    served.prefillReplicas > 0
      ? [
          worker(`${prefix}PrefillWorker`, 'prefill', served.prefillReplicas),
          worker(`${prefix}DecodeWorker`, 'decode', served.replicas),
        ]
      : [worker(`${prefix}DecodeWorker`, 'worker', served.replicas)]
  const frontend = {
    name: 'Frontend',
    type: 'frontend',
    replicas: 1,
    podTemplate: {
      spec: {
        containers: [
          {
            name: 'main',
            image,
            envFrom,
            resources: { requests: { cpu: '2', memory: '4Gi' }, limits: { memory: '4Gi' } },
          },
        ],
      },
    },
  }
  return { backendFramework: served.engine, components: [frontend, ...workers] }
}

function alphaSpec(served: ServedModel, nodeSelector: Record<string, string>) {
  const image = `${RUNTIME}/vllm-runtime:1.1.0`
  return {
    backendFramework: 'vllm',
    services: {
      Frontend: {
        componentType: 'frontend',
        replicas: 1,
        resources: { requests: { cpu: '1', memory: '2Gi' }, limits: { memory: '2Gi' } },
        extraPodSpec: { mainContainer: { image } },
      },
      VllmDecodeWorker: {
        componentType: 'worker',
        replicas: served.replicas,
        envFromSecret: 'hf-token-secret',
        resources: { requests: { cpu: '4', memory: '16Gi' }, limits: { gpu: String(served.tensorParallel) } },
        extraPodSpec: {
          nodeSelector,
          mainContainer: {
            image,
            command: ['python3', '-m', 'dynamo.vllm'],
            args: workerArgs(served),
            workingDir: '/workspace/examples/backends/vllm',
          },
        },
      },
    },
  }
}

interface Training {
  cluster: string
  name: string
  pods: number
  gpus: number
  pool: string
}

const TRAINING: Training[] = [
  { cluster: 'gpu-east', name: 'pretrain-ablation-7b', pods: 2, gpus: 8, pool: 'h100' },
  { cluster: 'gpu-west', name: 'pretrain-34b', pods: 3, gpus: 8, pool: 'h200' },
  { cluster: 'gpu-west', name: 'finetune-support-bot', pods: 1, gpus: 8, pool: 'a100' },
  { cluster: 'gpu-west', name: 'eval-nightly', pods: 1, gpus: 2, pool: 'l40s' },
]

function seedTraining(boot: Boot, run: Training) {
  const template = podTemplate({
    image: 'nvcr.io/nvidia/pytorch:25.10-py3',
    container: 'trainer',
    command: ['torchrun'],
    args: ['--nproc-per-node', String(run.gpus), 'train.py', '--config', `configs/${run.name}.yaml`],
    labels: { app: run.name, team: 'research', workload: 'training' },
    cpu: String(run.gpus * 8),
    memory: `${run.gpus * 64}Gi`,
    gpus: run.gpus,
    nodeSelector: { 'node-pool': run.pool },
    tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'training', effect: 'NoSchedule' }],
  })
  const createdMs = boot.cluster.bootMs - integerOf(`${boot.cluster.seed}/${run.name}`, 5, 70) * HOUR_MS
  boot.workload({ kind: 'Job', namespace: 'research', name: run.name, createdMs, replicas: run.pods, template })
}

const NOTEBOOKS: Record<string, number> = { 'gpu-east': 4, 'gpu-west': 3, 'edge-lab': 1 }
const PEOPLE = ['alice', 'bjorn', 'chen', 'dara', 'emeka', 'farah']

function seedNotebook(boot: Boot, index: number) {
  const name = `jupyter-${PEOPLE[index % PEOPLE.length]}`
  const template = podTemplate({
    image: 'quay.io/jupyter/pytorch-notebook:cuda13-2025-11-03',
    container: 'notebook',
    labels: { app: name, workload: 'notebook', 'hub.jupyter.org/username': name.slice(8) },
    cpu: '2',
    memory: '16Gi',
    gpus: 1,
  })
  boot.workload({ kind: 'StatefulSet', namespace: 'notebooks', name, createdMs: ageMs(boot, name), template })
}

export interface SeededRay {
  cluster: string
  name: string
  workers: number
  gpusPerWorker: number
  pool: string
}

export const RAY_CLUSTERS: readonly SeededRay[] = [
  { cluster: 'gpu-east', name: 'ray-train', workers: 2, gpusPerWorker: 4, pool: 'h100' },
  { cluster: 'gpu-west', name: 'ray-batch', workers: 4, gpusPerWorker: 2, pool: 'a100' },
]

function seedRayCluster(boot: Boot, ray: SeededRay) {
  const container = (input: Omit<TemplateInput, 'image' | 'labels'>) =>
    podTemplate({ image: 'rayproject/ray:2.59.0-py312-gpu', labels: { app: ray.name }, ...input })
  boot.object(RAY_CLUSTER, {
    apiVersion: 'ray.io/v1',
    kind: 'RayCluster',
    metadata: {
      name: ray.name,
      namespace: 'ray',
      creationTimestamp: kubeTime(ageMs(boot, ray.name)),
      labels: { team: 'research' },
    },
    spec: {
      rayVersion: '2.59.0',
      headGroupSpec: {
        rayStartParams: { 'dashboard-host': '0.0.0.0' },
        template: container({
          container: 'ray-head',
          cpu: '8',
          memory: '32Gi',
          ports: [
            { name: 'gcs-server', containerPort: 6379 },
            { name: 'dashboard', containerPort: 8265 },
            { name: 'client', containerPort: 10001 },
          ],
        }),
      },
      workerGroupSpecs: [
        {
          groupName: 'gpu',
          replicas: ray.workers,
          minReplicas: 1,
          maxReplicas: ray.workers * 2,
          rayStartParams: {},
          template: container({
            container: 'ray-worker',
            cpu: String(ray.gpusPerWorker * 8),
            memory: `${ray.gpusPerWorker * 48}Gi`,
            gpus: ray.gpusPerWorker,
            nodeSelector: { 'node-pool': ray.pool },
          }),
        },
      ],
    },
  })
}
