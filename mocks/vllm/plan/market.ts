import type { Rule } from './rule.ts'

export const marketRules: Rule[] = [
  {
    id: 'escrow',
    about:
      'Money held for a job: check_escrow. Without a job number it lists the pending escrows, or asks for the number.',
    example: 'What is held in escrow for job 42?',
    must: ['escrow|escrowed|held|locked|holding|deposit'],
    should: ['escrow', 'job'],
    not: ['release', 'refund', 'dispute'],
    when: ({ has, entities }) =>
      has('escrow|escrowed|deposit') || entities.job !== undefined || has('fund|money|payment'),
    weight: 8,
    first: (scene) => {
      const job =
        scene.question.entities.job ??
        (scene.question.has('all|pending|every|list|any') ? undefined : scene.needed('job'))
      if (job !== undefined)
        return [{ tools: ['check_escrow'], wants: { job }, because: `I look up the escrow of job ${job}.` }]
      if (scene.toolbox.has('list_pending_escrows'))
        return [
          { tools: ['list_pending_escrows'], wants: {}, because: 'No job is named, so I list the pending escrows.' },
        ]
      return { say: 'For which job? Ask for example "What is held in escrow for job 42?"' }
    },
  },
  {
    id: 'offers',
    about: 'GPUs to rent: list_gpu_offers, by GPU model, price and number.',
    example: 'Which H100 offers are on the marketplace?',
    must: ['offer|marketplace|market|rent|rental|hire|cheapest|cheap|per hour price|price'],
    not: ['escrow', 'job', 'report'],
    weight: 8,
    first: ({ question }) => {
      const { gpuModel, gpus, maxPrice, limit, provider } = question.entities
      return [
        {
          tools: ['list_gpu_offers', 'match_gpus'],
          wants: { gpuModel, gpus, maxPrice, limit, provider },
          because: 'I look at what GPU providers offer.',
        },
      ]
    },
  },
]
