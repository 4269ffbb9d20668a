import type { Rule } from './rule.ts'

const LAUNCH =
  'launch|start|create|spin up|bring up|stand up|set up|make|need|want|provision|give me|deploy|get me|build'

export const rayRules: Rule[] = [
  {
    id: 'ray-launch',
    about:
      'A new Ray cluster: launch_ray_cluster with heads, workers and GPUs per worker as named. A person approves it.',
    example: 'Launch a Ray cluster with one head and three GPU workers',
    must: ['ray', LAUNCH],
    not: ['list|which|how many|show', 'job', 'scale|terminate|delete|stop|pause|resume', 'template', 'why|log'],
    weight: 14,
    changes: true,
    first: (scene) => {
      const { workers, gpusPerWorker, gpus, headGpus, gpuModel, name, rayCluster, namespace } = scene.question.entities
      const perWorker =
        gpusPerWorker ?? (workers !== undefined && gpus !== undefined ? perHead(gpus, workers) : undefined)
      return [
        {
          tools: ['launch_ray_cluster'],
          wants: {
            name: name ?? rayCluster,
            clusters: scene.said('clusters'),
            namespace,
            workers: workers ?? (gpus && !perWorker ? gpus : undefined),
            gpusPerWorker: perWorker,
            headGpus,
            gpuModel,
          },
          defaults: {
            name: `ray-${workers ?? 1}-workers`,
            namespace: 'default',
            workers: 1,
            gpusPerWorker: 1,
            headGpus: 0,
          },
          because: 'A Ray cluster is to be launched; I prepare that, and a person approves it.',
        },
      ]
    },
  },
  {
    id: 'ray-list',
    about: 'Ray clusters and their state: list_ray_clusters, or get_ray_cluster for a named one.',
    example: 'List the Ray clusters',
    must: ['ray'],
    not: ['job', 'log', 'template', 'scale|terminate|delete|stop|pause|resume|estimate|submit'],
    weight: 3,
    first: (scene) => {
      const { clusters, namespace, status, rayCluster } = scene.question.entities
      const named = rayCluster ?? undefined
      return [
        {
          tools: named && scene.toolbox.has('get_ray_cluster') ? ['get_ray_cluster'] : ['list_ray_clusters'],
          wants: { rayCluster: named, text: named, clusters, namespace, status },
          because: 'I look at the Ray clusters.',
        },
      ]
    },
  },
]

/** "three workers, six GPUs": two each, when it divides evenly. */
function perHead(gpus: number, workers: number): number | undefined {
  return workers > 0 && gpus % workers === 0 ? gpus / workers : undefined
}
