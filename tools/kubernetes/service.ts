/** What other domains may use of this one. */
export { eventTime } from './event-rows.ts'
export { findObject } from './find-object.ts'
export { type Level, levelOf, parseLog } from './log-lines.ts'
export { alarmingCondition, pressureConditions, readNodes } from './node-rows.ts'
export { podReason, podState } from './pod-status.ts'
export { gpuModelOf, isGpuResource, podGpus, quantity, sumGpus } from './quantity.ts'
export type { Condition, Container, ContainerStatus, EventObject, Node, Pod } from './shapes.ts'
export { asEvent, asNode, asPod, conditionOf } from './shapes.ts'
