import * as z from 'zod'

const quantity = z.union([z.string(), z.number()])
const amounts = z.record(z.string(), quantity).nullish()
const env = z.looseObject({ name: z.string(), value: z.string().nullish() })
const container = z.looseObject({
  name: z.string().optional(),
  image: z.string().optional(),
  command: z.array(z.string()).nullish(),
  args: z.array(z.string()).nullish(),
  env: z.array(env).nullish(),
  resources: z.looseObject({ limits: amounts, requests: amounts }).nullish(),
})
export type Container = z.output<typeof container>
export type EnvVar = z.output<typeof env>

const replicaStatus = z.looseObject({ replicas: z.number().nullish(), readyReplicas: z.number().nullish() })
const multinode = z.looseObject({ nodeCount: z.number().nullish() }).nullish()

export const conditions = z
  .array(
    z.looseObject({
      type: z.string(),
      status: z.string(),
      reason: z.string().optional(),
      message: z.string().optional(),
      lastTransitionTime: z.string().optional(),
    }),
  )
  .nullish()

const status = z
  .looseObject({
    state: z.string().optional(),
    observedGeneration: z.number().optional(),
    conditions,
    components: z.record(z.string(), replicaStatus).nullish(),
    services: z.record(z.string(), replicaStatus).nullish(),
  })
  .optional()

/** An object that was only begun has none: it reads as an empty one. */
const specOf = <T extends z.ZodRawShape>(shape: T) => z.preprocess((spec) => spec ?? {}, z.looseObject(shape))

/** nvidia.com/v1beta1: a list of components with pod templates. */
export const graphV1beta1 = z.looseObject({
  spec: specOf({
    backendFramework: z.string().optional(),
    env: z.array(env).nullish(),
    components: z
      .array(
        z.looseObject({
          name: z.string(),
          type: z.string().optional(),
          replicas: z.number().nullish(),
          multinode,
          podTemplate: z
            .looseObject({ spec: z.looseObject({ containers: z.array(container).nullish() }).nullish() })
            .nullish(),
        }),
      )
      .nullish(),
  }),
  status,
})

/** nvidia.com/v1alpha1: a map of services. */
export const graphV1alpha1 = z.looseObject({
  spec: specOf({
    backendFramework: z.string().optional(),
    envs: z.array(env).nullish(),
    services: z
      .record(
        z.string(),
        z.looseObject({
          componentType: z.string().optional(),
          subComponentType: z.string().optional(),
          replicas: z.number().nullish(),
          multinode,
          envs: z.array(env).nullish(),
          resources: z
            .looseObject({
              limits: z.looseObject({ gpu: quantity.optional(), custom: amounts }).nullish(),
              requests: z.looseObject({ gpu: quantity.optional(), custom: amounts }).nullish(),
            })
            .nullish(),
          extraPodSpec: z.looseObject({ mainContainer: container.nullish() }).nullish(),
        }),
      )
      .nullish(),
  }),
  status,
})

export type GraphStatus = z.output<typeof status>
