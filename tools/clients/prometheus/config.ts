import * as z from 'zod'
import { endpointConfig } from '../endpoint-config.ts'

/** What Thanos takes beyond Prometheus; sent with every query where it is configured. Source: thanos query API, v0.42. */
const thanosConfig = z
  .strictObject({
    dedup: z.boolean().optional().describe('Join the series of replicas; default: as the server has it'),
    partialResponse: z
      .boolean()
      .optional()
      .describe('Answer although a store is silent; default: as the server has it'),
    replicaLabels: z.array(z.string().min(1)).optional().describe('Labels that tell replicas apart'),
    maxSourceResolution: z
      .enum(['0s', '5m', '1h', 'auto'])
      .optional()
      .describe('Coarsest downsampled data that may answer'),
  })
  .describe('Only for Thanos')
export type ThanosConfig = z.output<typeof thanosConfig>

/** One Prometheus, Thanos or any server of the same HTTP API. `url` without `/api/v1`. */
export const prometheusConfig = endpointConfig
  .extend({ thanos: thanosConfig.optional() })
  .describe('Prometheus or Thanos of this cluster')
