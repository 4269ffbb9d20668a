import * as z from 'zod'
import { gpuRow } from './rows.ts'

/** What is announced of GPUs while somebody looks: nothing of it is kept, as Prometheus keeps it (GPU-011). */
export const gpuEvents = {
  /** The row of a node, for lists of nodes */
  'gpu.updated': gpuRow,
  /** The rows of its GPUs, for cards of one node */
  'gpu.devices-updated': z.strictObject({ upsert: z.array(gpuRow) }),
}

/** `gpu/node/gpu-east/gpu-east-h100-01`; without a node all of a cluster, without a cluster all there are. */
export const nodeSubject = (cluster?: string, node?: string): string =>
  ['gpu', 'node', ...(cluster === undefined ? [] : [cluster]), node ?? '*'].join('/')
export const devicesSubject = (cluster: string, node: string): string => `gpu/devices/${cluster}/${node}`
