import * as z from 'zod'
import { httpUrl } from '../endpoint-config.ts'

/** The Qubic network by its public RPC. It needs no credentials. */
export const qubicConfig = z
  .strictObject({
    url: httpUrl.describe('Base address of RPC 2.0, for example https://rpc.qubic.org'),
    timeoutMs: z.number().int().min(100).max(300_000).optional().describe('Time-out of one question in milliseconds'),
  })
  .describe('The Qubic network')
