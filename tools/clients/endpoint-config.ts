import * as z from 'zod'
import { secret } from './secret.ts'

/** An http(s) address without credentials in it; they have their own place. */
export const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
  .refine((text) => !/^https?:\/\/[^/]*@/.test(text), 'must not hold credentials: set them beside it')

/** How to reach one HTTP upstream (MET-017: none, bearer, basic, mutual TLS). */
export const endpointConfig = z.strictObject({
  url: httpUrl.describe('Base address, with its path prefix if it has one'),
  bearerToken: secret.optional().describe('Token for Authorization: Bearer'),
  basic: z
    .strictObject({
      username: z.string().min(1).describe('User name'),
      password: secret.describe('Password'),
    })
    .optional()
    .describe('User name and password for basic authentication'),
  headers: z.record(z.string(), secret).optional().describe('More headers for every request'),
  ca: z.string().min(1).optional().describe('The authority that signed its certificate, as PEM text'),
  caFile: z.string().optional().describe('PEM file of the authority that signed its certificate'),
  certFile: z.string().optional().describe('PEM file of our client certificate'),
  keyFile: z.string().optional().describe('PEM file of the key to certFile'),
  insecureSkipTlsVerify: z.boolean().optional().describe('Accept any certificate: only for tests'),
  timeoutMs: z.number().int().min(100).max(300_000).optional().describe('Time-out of one question in milliseconds'),
})
export type EndpointConfig = z.output<typeof endpointConfig>
