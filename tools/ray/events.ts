import { cards } from '#contract'

/** Events of a Ray cluster that was launched here; their data is the patch of its progress card. */
export const rayEvents = {
  'ray-cluster.requested': cards.progress.patch,
  'ray-cluster.progressed': cards.progress.patch,
  'ray-cluster.ready': cards.progress.patch,
  'ray-cluster.paused': cards.progress.patch,
  'ray-cluster.failed': cards.progress.patch,
  'ray-cluster.terminated': cards.progress.patch,
}
