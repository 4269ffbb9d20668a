import { cards } from '#contract'
import { servedEvents } from './read/served-events.ts'

/** Events of a model deployment; their data is the patch of its progress card, of `measured` that of its measurement. */
export const modelEvents = {
  'deployment.requested': cards.progress.patch,
  'deployment.progressed': cards.progress.patch,
  'deployment.ready': cards.progress.patch,
  'deployment.failed': cards.progress.patch,
  'deployment.deleted': cards.progress.patch,
  ...servedEvents,
  'deployment.measured': cards.measurement.patch,
}
