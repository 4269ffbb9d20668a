import * as z from 'zod'
import { httpUrl } from '../endpoint-config.ts'
import { secret } from '../secret.ts'

/** Where models are published. A token is needed only for gated and private ones. */
export const huggingfaceConfig = z
  .strictObject({
    url: httpUrl.default('https://huggingface.co').describe('Base address; default https://huggingface.co'),
    token: secret.optional().describe('Access token, sent as a bearer token'),
    timeoutMs: z
      .number()
      .int()
      .min(100)
      .max(300_000)
      .default(4_000)
      .describe('Time-out of one question in milliseconds'),
  })
  .describe('Hugging Face, or a mirror that speaks its API')
