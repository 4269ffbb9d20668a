import * as z from 'zod'
import { httpUrl } from '../endpoint-config.ts'
import { secret } from '../secret.ts'

/** One Ray head that is reached directly, on Kubernetes or not. */
export const rayConfig = z
  .strictObject({
    name: z.string().min(1).max(63).describe('Name of the Ray cluster'),
    dashboardUrl: httpUrl.describe('Address of its dashboard, usually port 8265'),
    token: secret.optional().describe('Token of a Ray cluster with RAY_AUTH_MODE=token'),
    caFile: z.string().optional().describe('PEM file of the authority that signed its certificate'),
    insecureSkipTlsVerify: z.boolean().optional().describe('Accept any certificate: only for tests'),
    timeoutMs: z.number().int().min(100).max(300_000).optional().describe('Time-out of one question in milliseconds'),
  })
  .describe('One Ray cluster')
