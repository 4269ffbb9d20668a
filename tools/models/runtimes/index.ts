import type { RuntimeId } from '../config.ts'
import { dynamoRequest } from './dynamo/request.ts'
import { dynamo } from './dynamo/runtime.ts'
import { kserve } from './kserve/runtime.ts'
import { kserveLlm } from './kserve-llm/runtime.ts'
import { plain } from './plain/runtime.ts'
import { rayServiceRuntime } from './ray-service/runtime.ts'
import type { Runtime } from './types.ts'

/** Every way of serving a model, in the order in which they are preferred where a cluster has several. */
export const runtimes: readonly Runtime[] = [dynamo, dynamoRequest, kserveLlm, kserve, rayServiceRuntime, plain]

export const runtimeOf = (id: RuntimeId): Runtime | undefined => runtimes.find((one) => one.id === id)
