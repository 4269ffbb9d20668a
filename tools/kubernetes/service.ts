/** What other domains may use of this one. */
export { type Level, levelOf } from './log-lines.ts'
export { readNodes } from './node-rows.ts'
export { podReason, podState } from './pod-status.ts'
export { gpuModelOf, isGpuResource, podGpus, quantity, sumGpus } from './quantity.ts'
export type { Condition, Container, ContainerStatus, EventObject, Node, Pod } from './shapes.ts'
export { asEvent, asNode, asPod, conditionOf } from './shapes.ts'
