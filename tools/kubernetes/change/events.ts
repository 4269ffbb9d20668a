import { cards } from '#contract'

/** Events of a change of a cluster that is followed; their data is the patch of its progress card. */
export const changeEvents = {
  'change.requested': cards.progress.patch,
  'change.progressed': cards.progress.patch,
  'change.succeeded': cards.progress.patch,
  'change.failed': cards.progress.patch,
}
