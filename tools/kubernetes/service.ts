/** What other domains may use of this one. */
export { eventTime } from './event-rows.ts'
export { findObject } from './find-object.ts'
export { levelOf, parseLog } from './log-lines.ts'
export { alarmingCondition, pressureConditions, readNodes } from './node-rows.ts'
export { podState } from './pod-status.ts'
export { gpuModelOf, isGpuResource, podGpus, sumGpus } from './quantity.ts'
export type { ContainerStatus, Node, Pod } from './shapes.ts'
export { asEvent, asNode, asPod, conditionOf } from './shapes.ts'
