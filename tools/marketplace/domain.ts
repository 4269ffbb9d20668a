import { defineDomain } from '#define'
import { marketplaceEvents } from './events.ts'
import { listGpuOffers } from './list-gpu-offers.tool.ts'
import { reportHeartbeat } from './report-heartbeat.tool.ts'
import { findSilentProviders } from './silence.job.ts'

export const marketplace = defineDomain({
  name: 'marketplace',
  about: 'GPUs that providers offer, and the workers behind them',
  tools: [listGpuOffers, reportHeartbeat],
  jobs: [findSilentProviders],
  events: marketplaceEvents,
})
