import type { CardData } from '#contract'

export const exampleError: CardData['error'] = {
  code: 'cluster-unreachable',
  message: 'edge-1 did not answer within 2 s.',
  next: 'Ask get_cluster_status for edge-1, or leave it out with clusters.',
  cluster: 'edge-1',
  traceId: '4bf92f3577b34da6',
  changed: 'nothing',
}
