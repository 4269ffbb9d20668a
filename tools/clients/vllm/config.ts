import * as z from 'zod'
import { httpUrl } from '../endpoint-config.ts'
import { secret } from '../secret.ts'

/** The OpenAI-compatible endpoint whose model speaks in the chat. */
export const llmConfig = z
  .strictObject({
    baseUrl: httpUrl.describe('Base address with /v1, for example http://gpu-1:8000/v1'),
    model: z.string().min(1).optional().describe('Model to use; default: the first that it lists'),
    apiKey: secret.optional().describe('API key, sent as a bearer token'),
    timeoutMs: z.number().int().min(100).max(300_000).optional().describe('Time-out of one question in milliseconds'),
  })
  .describe('The model that speaks in the chat')
