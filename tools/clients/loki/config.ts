import * as z from 'zod'
import { endpointConfig } from '../endpoint-config.ts'

/** One Loki. `url` without `/loki/api/v1`. */
export const lokiConfig = endpointConfig
  .extend({
    tenant: z.string().min(1).optional().describe('Tenant for X-Scope-OrgID; several as a|b'),
  })
  .describe('Loki of this cluster')
