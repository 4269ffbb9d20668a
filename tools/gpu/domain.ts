import { defineDomain } from '#define'
import { getGpuNodes } from './get-gpu-nodes.tool.ts'
import { getGpuSummary } from './get-gpu-summary.tool.ts'

export const gpu = defineDomain({
  name: 'gpu',
  about: 'What the GPUs of every cluster measure: utilisation, memory, temperature, power, faults.',
  tools: [getGpuNodes, getGpuSummary],
})
