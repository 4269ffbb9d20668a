import * as z from 'zod'
import { endpointConfig } from '../endpoint-config.ts'

/** One Tempo. `url` without `/api`. */
export const tempoConfig = endpointConfig
  .extend({
    tenant: z.string().min(1).optional().describe('Tenant for X-Scope-OrgID'),
  })
  .describe('Tempo of this cluster')
