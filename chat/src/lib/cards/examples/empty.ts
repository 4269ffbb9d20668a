import type { CardData } from '#contract'

export const exampleEmpty: CardData['empty'] = {
  title: 'No Ray clusters',
  likely: ['None were launched yet.', 'The ray namespace is not in this conversation’s clusters.'],
  next: ['Launch a Ray cluster with one head and three GPU workers', 'Which nodes have free GPUs?'],
}
