import type { Rule } from './rule.ts'

const MARKET = 'offer|marketplace|rent|hire|price|cheap|cheapest|provider|buy'

export const nodeRules: Rule[] = [
  {
    id: 'free-gpus',
    about: 'Free GPUs anywhere: list_nodes with at least the number of free GPUs that is named, else one.',
    example: 'Which nodes have free GPUs?',
    must: ['free|available|idle|unused|spare|unallocated|capacity|room|headroom|space'],
    should: ['node|machine', 'gpu|accelerator'],
    not: [MARKET, 'memory|vram', 'disk|filesystem', 'cpu'],
    when: ({ has, entities }) =>
      has('gpu|accelerator|card') || entities.gpuModel !== undefined || entities.minFreeGpus !== undefined,
    weight: 6,
    first: ({ question, said }) => {
      const { minFreeGpus, gpus, gpuModel, pool, labels, limit, node } = question.entities
      return [
        {
          tools: ['list_nodes', 'get_gpu_nodes'],
          wants: {
            minFreeGpus: minFreeGpus ?? gpus ?? 1,
            gpuModel,
            clusters: said('clusters'),
            pool,
            labels,
            text: node,
            limit,
          },
          because: 'I look for nodes with free GPUs.',
        },
      ]
    },
  },
  {
    id: 'gpu-health',
    about: 'Sick GPUs (XID, ECC): check_gpu_health, or the GPU nodes where that is not offered.',
    example: 'Are any GPUs unhealthy?',
    must: [
      'gpu',
      'health|healthy|unhealthy|well|sick|ecc|xid|broken|fail|failing|bad|fallen off|memory error|ecc error|lost|hot|overheat|throttle',
    ],
    not: [MARKET, 'pod'],
    weight: 2,
    first: ({ question, said, toolbox }) => [
      {
        tools: ['check_gpu_health', ...(toolbox.has('search_tools') ? [] : ['get_gpu_nodes', 'list_nodes'])],
        wants: { clusters: said('clusters'), node: said('node'), gpuModel: question.entities.gpuModel },
        because: 'I check the health of the GPUs.',
      },
    ],
  },
  {
    id: 'nodes',
    about: 'Nodes by cluster, pool, GPU model, status, label or text: list_nodes.',
    example: 'Which nodes are not ready?',
    must: ['node|machine|host'],
    not: [MARKET, 'pod', 'log', 'alert'],
    first: ({ question, said }) => {
      const { gpuModel, pool, labels, limit } = question.entities
      // "Are all nodes ready?" is answered by those that are not, so nothing is filtered out.
      const status = question.has('all|every') ? undefined : question.entities.status
      return [
        {
          tools: ['list_nodes'],
          wants: { clusters: said('clusters'), gpuModel, pool, labels, status, text: said('node'), limit },
          because: 'The question is about nodes, so I list them.',
        },
      ]
    },
  },
  {
    id: 'gpus',
    about: 'GPUs in general ("how many H100 do we have"): the nodes that carry them.',
    example: 'How many H100 GPUs do we have?',
    must: ['how many|list|show|which|what|where|do we have|count|inventory|only|all'],
    not: [MARKET, 'worker', 'pod', 'alert', 'deploy|fit|run'],
    when: ({ has, entities }) => has('gpu|accelerator') || entities.gpuModel !== undefined,
    weight: -4,
    first: ({ question, said }) => [
      {
        tools: ['list_nodes', 'get_gpu_nodes', 'get_gpu_summary'],
        wants: { gpuModel: question.entities.gpuModel, clusters: said('clusters'), limit: question.entities.limit },
        because: 'GPUs belong to nodes, so I list the nodes.',
      },
    ],
  },
]
