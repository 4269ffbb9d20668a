import { defineDomain } from '#define'
import { listNodes } from './list-nodes.tool.ts'
import { listPods } from './list-pods.tool.ts'

export const kubernetes = defineDomain({
  name: 'kubernetes',
  about: 'What runs on the clusters: nodes, pods, objects, events and logs of containers.',
  tools: [listNodes, listPods],
})
