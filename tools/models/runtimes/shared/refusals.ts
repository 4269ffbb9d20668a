import type { DeploymentConfig } from '../../config.ts'
import type { Runtime } from '../types.ts'

export type Refusal = NonNullable<ReturnType<Runtime['refusal']>>

/** What only Dynamo does, refused in the name of another runtime. */
export function dynamoOnly(what: string, config: DeploymentConfig): Refusal | undefined {
  if (config.goal !== undefined)
    return {
      field: 'goal',
      message: `${what} does not choose GPUs and replicas from a goal`,
      next: 'Give gpus and replicas, or use runtime dynamo-request',
    }
  if (config.planner)
    return {
      field: 'planner',
      message: `${what} has no planner`,
      next: 'Use autoscaling instead, or runtime dynamo',
    }
  return undefined
}

/** Services are named after the deployment, and a Service begins with a letter. */
export function nameRefusal(what: string, { name }: DeploymentConfig, most: number): Refusal | undefined {
  if (name.length <= most && /^[a-z]/.test(name)) return undefined
  return {
    field: 'name',
    message: `A name of ${what} begins with a letter and has at most ${most} characters`,
    next: `Use a name such as ${`m-${name}`.slice(0, Math.min(most, 30)).replace(/-+$/, '')}`,
  }
}
