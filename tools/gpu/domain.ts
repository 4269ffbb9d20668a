import { defineDomain } from '#define'
import { checkGpuHealth } from './check-gpu-health.tool.ts'
import { gpuEvents } from './events.ts'
import { getGpuNode } from './get-gpu-node.tool.ts'
import { getGpuNodes } from './get-gpu-nodes.tool.ts'
import { getGpuProcesses } from './get-gpu-processes.tool.ts'
import { getGpuSummary } from './get-gpu-summary.tool.ts'
import { getGpuWorkloads } from './get-gpu-workloads.tool.ts'
import { watchGpus } from './watch.job.ts'

export const gpu = defineDomain({
  name: 'gpu',
  about: 'What the GPUs of every cluster measure, who holds them, what runs on them, and which are sick.',
  tools: [getGpuNodes, getGpuNode, getGpuSummary, getGpuProcesses, getGpuWorkloads, checkGpuHealth],
  jobs: [watchGpus],
  events: gpuEvents,
})
