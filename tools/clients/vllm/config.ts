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

/** One more endpoint that the chat may ask: chosen by a conversation, and in the order of the list when one before it fails. */
export const modelConfig = z
  .strictObject({
    name: z.string().min(1).max(60).describe('What people choose it by'),
    baseUrl: httpUrl.describe('Base address with /v1'),
    model: z.string().min(1).optional().describe('Model to use; default: the first that it lists'),
    apiKey: secret.optional().describe('API key, sent as a bearer token'),
    contextWindow: z
      .number()
      .int()
      .min(1024)
      .optional()
      .describe('Tokens of one request; default: what it says itself'),
    vision: z.boolean().optional().describe('It sees pictures: attached ones are sent to it'),
    gpus: z.number().positive().optional().describe('GPUs that one request keeps busy, for GPU-seconds'),
    costPerMillionTokens: z
      .strictObject({
        input: z.number().nonnegative().describe('Tokens that are read'),
        output: z.number().nonnegative().describe('Tokens that are written'),
      })
      .optional()
      .describe('US dollars; absent: no cost is told'),
  })
  .describe('A model endpoint of the chat')
