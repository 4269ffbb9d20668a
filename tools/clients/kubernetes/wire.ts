import * as z from 'zod'
import type { KubeObject } from './types.ts'

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isObject = (value: unknown): value is KubeObject =>
  isRecord(value) && isRecord(value.metadata) && typeof value.metadata.name === 'string'

/** Any object: only its name is certain. Checked by hand, as a list can hold thousands. */
export const kubeObject = z.custom<KubeObject>(isObject, 'expected an object with metadata.name')

export const kubeList = z.looseObject({
  apiVersion: z.string().optional(),
  metadata: z.looseObject({
    resourceVersion: z.string().optional(),
    continue: z.string().optional(),
    remainingItemCount: z.number().optional(),
  }),
  items: z.array(kubeObject).nullable(),
})

/** `kind: Status`: how the API server says no. */
export const status = z.looseObject({
  kind: z.literal('Status'),
  message: z.string().default(''),
  reason: z.string().default(''),
  code: z.number().optional(),
  details: z
    .looseObject({
      name: z.string().optional(),
      group: z.string().optional(),
      kind: z.string().optional(),
      retryAfterSeconds: z.number().optional(),
      causes: z
        .array(
          z.looseObject({
            reason: z.string().optional(),
            message: z.string().default(''),
            field: z.string().optional(),
          }),
        )
        .nullish(),
    })
    .nullish(),
})
export type Status = z.output<typeof status>

/** How a program in a container ended: a Status, often without its kind. */
export const execStatus = z.looseObject({
  status: z.enum(['Success', 'Failure']),
  message: z
    .string()
    .nullish()
    .transform((text) => text ?? undefined),
  reason: z.string().nullish(),
  details: z
    .looseObject({
      causes: z.array(z.looseObject({ reason: z.string().optional(), message: z.string().default('') })).nullish(),
    })
    .nullish(),
})

export const version = z.looseObject({ gitVersion: z.string(), platform: z.string().optional() })

const aggregatedResource = z.looseObject({
  resource: z.string(),
  responseKind: z.looseObject({ kind: z.string() }).nullish(),
  scope: z.string(),
  singularResource: z.string().optional(),
  shortNames: z.array(z.string()).optional(),
  verbs: z.array(z.string()).default([]),
})
/** Aggregated discovery (`g=apidiscovery.k8s.io`): every resource of every group in one answer. */
export const aggregatedDiscovery = z.looseObject({
  kind: z.literal('APIGroupDiscoveryList'),
  items: z
    .array(
      z.looseObject({
        metadata: z.looseObject({ name: z.string().default('') }).nullish(),
        versions: z
          .array(z.looseObject({ version: z.string(), resources: z.array(aggregatedResource).nullish() }))
          .nullish(),
      }),
    )
    .nullish(),
})

export const apiVersions = z.looseObject({ versions: z.array(z.string()) })
export const apiGroupList = z.looseObject({
  groups: z.array(
    z.looseObject({
      name: z.string(),
      versions: z.array(z.looseObject({ version: z.string() })),
      preferredVersion: z.looseObject({ version: z.string() }).optional(),
    }),
  ),
})
export const apiResourceList = z.looseObject({
  resources: z.array(
    z.looseObject({
      name: z.string(),
      singularName: z.string().optional(),
      namespaced: z.boolean(),
      kind: z.string(),
      shortNames: z.array(z.string()).optional(),
      verbs: z.array(z.string()).default([]),
    }),
  ),
})

export const selfReview = z.looseObject({
  status: z.looseObject({
    userInfo: z.looseObject({ username: z.string(), groups: z.array(z.string()).optional() }),
  }),
})
