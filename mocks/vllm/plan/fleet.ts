import type { Rule } from './rule.ts'

export const fleetRules: Rule[] = [
  {
    id: 'fleet-summary',
    about: 'The fleet at a glance: get_fleet_summary, or the clusters where that is not offered.',
    example: 'Give me an overview of the fleet',
    must: ['fleet|overview|summary|everything'],
    should: ['overview|summary|summarise|summarize', 'how'],
    not: ['alert', 'pod', 'node', 'report', 'escrow', 'wrong|broken|problem'],
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
