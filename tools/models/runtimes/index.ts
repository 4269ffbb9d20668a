import type { RuntimeId } from '../config.ts'
import { dynamoRequest } from './dynamo/request.ts'
import { dynamo } from './dynamo/runtime.ts'
import { plain } from './plain/runtime.ts'
import type { Runtime } from './types.ts'

/** Every way of serving a model, in the order in which they are preferred where a cluster has several. */
export const runtimes: readonly Runtime[] = [dynamo, dynamoRequest, plain]

export const runtimeOf = (id: RuntimeId): Runtime | undefined => runtimes.find((one) => one.id === id)
