import type { KubeObject } from '#tools/clients/kubernetes/types.ts'

/** Rights that make a plan better, and without which the work is done all the same. */
export interface Optional {
  group: string
  resource: string
}

/** What a tool is asked in the test of rights, where its own example with our cluster's name is not enough. */
export interface Asked {
  input?: object
  /** It asks Kubernetes only in the background or where other things are there: why a run of it shows no request */
  silent?: string
  /** Why it is not run here */
  leftOut?: string
  /** Without these it works too, and its plan says in these words what is not known */
  without?: { rights: Optional[]; says?: RegExp; input?: object }
}

const autoscalers: Optional[] = [
  { group: 'autoscaling', resource: 'horizontalpodautoscalers' },
  { group: 'keda.sh', resource: 'scaledobjects' },
  { group: 'nvidia.com', resource: 'dynamographdeploymentscalingadapters/scale' },
  { group: 'nvidia.com', resource: 'dynamographdeploymentrequests' },
]
const around: Optional[] = [
  ...autoscalers,
  { group: 'kueue.x-k8s.io', resource: 'localqueues' },
  { group: 'kueue.x-k8s.io', resource: 'clusterqueues' },
  { group: 'karpenter.sh', resource: 'nodepools' },
  { group: '', resource: 'resourcequotas' },
  { group: '', resource: 'limitranges' },
  { group: '', resource: 'configmaps' },
  { group: 'scheduling.k8s.io', resource: 'priorityclasses' },
]
const unknown = /Nobody knows what else sets its replicas/
const plain = { cluster: 'real', name: 'plain', namespace: 'shop' }

const web = (name: string) => ({ cluster: 'real', name, namespace: 'shop' })

export const askedOf: Record<string, Asked> = {
  list_clusters: { silent: 'answers from what the health loop stored' },
  get_cluster_status: { silent: 'answers from what the health loop stored' },
  get_fleet_summary: { silent: 'answers from what the health loop stored' },
  get_fleet_health: { silent: 'answers from what the health loop stored' },
  compare_clusters: { input: { clusters: ['real', 'twin'] }, silent: 'answers from what the health loop stored' },
  get_cluster: { silent: 'answers from what the health loop stored' },
  register_cluster: { leftOut: 'writes our own register; asks the API server with the credentials it is given' },
  update_cluster: { leftOut: 'writes our own register' },
  set_cluster_credentials: {
    leftOut: 'tries the credentials that a person gives, with their rights and not with ours',
  },
  validate_cluster_credentials: {
    leftOut: 'tries the credentials that a person gave, with their rights and not with ours',
  },
  remove_cluster_credentials: { leftOut: 'writes our own vault' },
  remove_cluster: { leftOut: 'writes our own register' },
  get_sriov_status: { silent: 'asks where the SR-IOV operator is installed' },
  get_resource: { input: { cluster: 'real', kind: 'deployment', name: 'web-read' } },
  get_pod_logs: { input: { cluster: 'real', namespace: 'shop', pod: 'single' } },
  diagnose_pod: { input: { cluster: 'real', namespace: 'shop', pod: 'single' } },
  apply_manifest: {
    input: {
      cluster: 'real',
      namespace: 'shop',
      manifest: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'made' }, data: { a: '1' } }),
    },
  },
  scale_workload: { input: { ...web('web-scale'), replicas: 2 } },
  restart_workload: { input: web('web-restart') },
  rollback_workload: { input: web('web-back') },
  cordon_node: { input: { cluster: 'real', name: 'cpu-0' } },
  drain_node: { input: { cluster: 'real', name: 'cpu-1', force: true, deleteLocalData: true } },
  delete_resource: { input: { cluster: 'real', kind: 'deployment', name: 'web-delete', namespace: 'shop' } },
  get_gpu_node: { input: { cluster: 'real', node: 'h100-0' } },
  deploy_model: {
    input: { model: 'Qwen/Qwen3-0.6B', cluster: 'real', gpus: 1, namespace: 'shop' },
    without: { rights: around },
  },
  get_serving_metrics: { silent: 'asks Prometheus; Kubernetes only tells whose the figures are' },
  get_deployment: { input: web('chat') },
  get_deployment_logs: { input: web('chat') },
  test_deployment: { input: { cluster: 'real', name: 'chat', namespace: 'shop' } },
  scale_deployment: {
    input: { ...web('chat'), replicas: 2 },
    without: { rights: autoscalers, says: unknown, input: { ...plain, replicas: 2 } },
  },
  update_deployment: {
    input: { ...web('chat'), image: 'nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.5.0' },
    without: { rights: autoscalers, says: unknown, input: { ...plain, image: 'vllm/vllm-openai:v0.11.1' } },
  },
  rollback_deployment: {
    input: { ...web('chat'), revision: 1 },
    without: { rights: autoscalers, says: unknown, input: { ...plain, revision: 1 } },
  },
  delete_deployment: {
    input: web('chat'),
    without: { rights: autoscalers, says: unknown, input: plain },
  },
  preview_deployment: {
    leftOut: 'its dry run takes the rights of deploy_model; without them the plan says that it was not tried',
  },
  launch_ray_cluster: { input: { cluster: 'real', workers: 1, namespace: 'shop' } },
  estimate_ray_cluster: { input: { cluster: 'real', workers: 1 } },
}

const deployment = (name: string, image: string): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'shop' },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image }] } },
  },
})

const pod = (name: string, nodeName: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop' },
  spec: {
    nodeName,
    containers: [{ name: 'main', image: 'example/none' }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'absent' } }],
  },
})

/** A model deployment that somebody else made. */
const graph: KubeObject = {
  apiVersion: 'nvidia.com/v1beta1',
  kind: 'DynamoGraphDeployment',
  metadata: { name: 'chat', namespace: 'shop' },
  spec: {
    backendFramework: 'vllm',
    components: [
      {
        name: 'Frontend',
        type: 'frontend',
        replicas: 1,
        podTemplate: { spec: { containers: [{ name: 'main', image: 'nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.6.0' }] } },
      },
      {
        name: 'VllmWorker',
        type: 'worker',
        replicas: 1,
        podTemplate: {
          spec: {
            containers: [
              {
                name: 'main',
                image: 'nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.6.0',
                command: ['python3', '-m', 'dynamo.vllm'],
                args: ['--model', 'Qwen/Qwen3-0.6B'],
                resources: { limits: { 'nvidia.com/gpu': '1' } },
              },
            ],
          },
        },
      },
    ],
  },
}

/** A model that somebody serves with nothing but a Deployment: its pods run. */
const served: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'plain', namespace: 'shop' },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'plain' } },
    template: {
      metadata: { labels: { app: 'plain' } },
      spec: {
        containers: [
          {
            name: 'main',
            image: 'vllm/vllm-openai:v0.11.0',
            args: ['--model', 'Qwen/Qwen3-0.6B'],
            resources: { limits: { 'nvidia.com/gpu': '1' } },
          },
        ],
      },
    },
  },
}

/** What the tools find. */
export const objectsToFind: KubeObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  ...['read', 'scale', 'restart', 'back', 'delete'].map((name) => deployment(`web-${name}`, 'example/web:1')),
  deployment('web-back', 'example/web:2'),
  served,
  pod('single', 'cpu-2'),
  pod('movable', 'cpu-1'),
]

/** What they find where Dynamo is installed. */
export const graphsToFind: KubeObject[] = [
  graph,
  // Where its operator would let it answer: without a pod behind it
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'chat-frontend', namespace: 'shop' },
    spec: { selector: { none: 'such' }, ports: [{ name: 'http', port: 8000 }] },
  },
]
