import type { Rule } from './rule.ts'

export const fleetRules: Rule[] = [
  {
    id: 'fleet-summary',
    about: 'The fleet at a glance: get_fleet_summary, or the clusters where that is not offered.',
    example: 'Give me an overview of the fleet',
    must: ['fleet|overview|summary|everything'],
    should: ['overview|summary|summarise|summarize', 'how'],
    not: ['alert', 'pod', 'node', 'report', 'cost|bill|spend|budget', 'escrow', 'wrong|broken|problem'],
    weight: 1,
    first: ({ said }) => [
      {
        tools: ['get_fleet_summary', 'list_clusters'],
        wants: { clusters: said('clusters') },
        because: 'I ask for the state of the whole fleet.',
      },
    ],
  },
  {
    id: 'compare',
    about: 'Two or more clusters side by side: compare_clusters.',
    example: 'Compare gpu-east and gpu-west',
    must: ['compare|versus|vs|difference|differ|different|alike'],
    when: ({ entities }) => (entities.clusters?.length ?? 0) > 1,
    weight: 4,
    first: ({ question, toolbox }) => [
      {
        tools: ['compare_clusters', ...(toolbox.has('search_tools') ? [] : ['list_clusters'])],
        wants: { clusters: question.entities.clusters },
        because: 'I compare the clusters.',
      },
    ],
  },
  {
    id: 'cluster-status',
    about: 'How one cluster is: get_cluster_status, or the list of clusters.',
    example: 'Is gpu-east healthy?',
    must: ['ok|okay|healthy|fine|status|state|doing|health|alive|up|reachable'],
    not: ['ray', 'pod', 'node', 'gpu', 'alert', 'job', 'deployment|model', 'escrow', 'back up|set up'],
    when: ({ entities }) => entities.clusters?.length === 1,
    weight: 1,
    first: ({ question }) => [
      {
        tools: ['get_cluster_status', 'get_cluster', 'list_clusters'],
        wants: { clusters: question.entities.clusters },
        because: 'I look at the state of that cluster.',
      },
    ],
  },
  {
    id: 'clusters',
    about: 'The registered clusters and their state: list_clusters.',
    example: 'Which clusters do we have?',
    must: ['cluster'],
    not: ['ray', 'deploy', 'launch|create|start'],
    weight: -3,
    first: ({ question }) => [
      {
        tools: ['list_clusters'],
        wants: {
          clusters: question.entities.clusters,
          status: question.entities.status,
          limit: question.entities.limit,
        },
        because: 'The question is about clusters, so I list them.',
      },
    ],
  },
]
