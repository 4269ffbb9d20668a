import * as z from 'zod'
import { defineCard } from './card.ts'

/** One machine of any kind in one shape (NOD-033). */
export const node = z.strictObject({
  id: z.string().describe('kind/cluster/name'),
  kind: z.enum(['kubernetes', 'ray', 'provider']),
  cluster: z.string().describe('Cluster, ray cluster or marketplace it belongs to'),
  name: z.string(),
  status: z.enum(['ready', 'not-ready', 'cordoned', 'busy', 'offline', 'unknown']),
  reason: z.string().optional().describe('Why it is not simply ready'),
  pool: z.string().optional(),
  region: z.string().optional(),
  gpuModel: z.string().optional(),
  gpuCapacity: z.number().int().describe('GPUs the machine has'),
  gpuUsed: z.number().int().describe('GPUs requested by what runs there'),
  gpuFree: z.number().int().describe('Schedulable and not requested; 0 on a machine that takes no work'),
  gpuMemoryMib: z.number().int().optional().describe('Memory of one GPU'),
  cpuCores: z.number().optional(),
  memoryBytes: z.number().int().optional(),
  pods: z.number().int().optional(),
  gpuUse: z
    .array(z.number())
    .optional()
    .describe('Load of each GPU in percent, by its index; -1 where nothing is known. Absent: not measured'),
  gpuMemoryUsedMib: z.number().optional().describe('Of all its GPUs together'),
  gpuMemoryTotalMib: z.number().optional(),
  temperatureC: z.number().optional().describe('Of the hottest GPU'),
  powerWatts: z.number().optional().describe('Of all its GPUs together'),
  xid: z.string().optional().describe('XIDs of its GPUs'),
  ecc: z.string().optional().describe('Memory errors that could not be corrected'),
  gpuUnknown: z.string().optional().describe('Why nothing is known of the load of its GPUs'),
  since: z.string().optional().describe('Created, ISO 8601'),
  labels: z.record(z.string(), z.string()).optional().describe('Only the labels asked for'),
})
export type Node = z.output<typeof node>

export const nodes = defineCard({
  kind: 'nodes',
  list: 'nodes',
  payload: z.strictObject({
    title: z.string(),
    summary: z.strictObject({
      nodes: z.number().int(),
      ready: z.number().int(),
      gpuCapacity: z.number().int(),
      gpuUsed: z.number().int(),
      gpuFree: z.number().int(),
      byModel: z.array(z.strictObject({ gpuModel: z.string(), capacity: z.number().int(), free: z.number().int() })),
    }),
    nodes: z.array(node),
  }),
  patch: z.strictObject({
    upsert: z.array(node.partial().required({ id: true })).optional(),
    remove: z.array(z.string()).optional(),
  }),
})
