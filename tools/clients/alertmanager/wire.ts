import * as z from 'zod'
import type { Alert, AlertGroup, AlertmanagerStatus, Silence } from './types.ts'

/** API v2 of api/v2/openapi.yaml, 0.25 to 0.34; members we do not know are ignored. */

const labels = z.record(z.string(), z.string())
const some = labels.nullish().transform((map) => map ?? {})
const ids = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? [])
const receiver = z.looseObject({ name: z.string() })

/** Go's zero time: Alertmanager writes it where an end is not known. */
const isKnown = (time: string | undefined) => time !== undefined && !time.startsWith('0001-')

const alert = z
  .looseObject({
    fingerprint: z.string(),
    labels,
    annotations: some,
    startsAt: z.string(),
    endsAt: z.string().optional(),
    updatedAt: z.string().optional(),
    generatorURL: z.string().optional(),
    receivers: z
      .array(receiver)
      .nullish()
      .transform((list) => (list ?? []).map(({ name }) => name)),
    status: z.looseObject({
      state: z.enum(['unprocessed', 'active', 'suppressed']),
      silencedBy: ids,
      inhibitedBy: ids,
      mutedBy: ids,
    }),
  })
  .transform(
    ({ status, generatorURL, endsAt, updatedAt, ...one }): Alert => ({
      fingerprint: one.fingerprint,
      labels: one.labels,
      annotations: one.annotations,
      startsAt: one.startsAt,
      ...(isKnown(endsAt) && { endsAt }),
      ...(isKnown(updatedAt) && { updatedAt }),
      ...(generatorURL && { generatorUrl: generatorURL }),
      state: status.state,
      silencedBy: status.silencedBy,
      inhibitedBy: status.inhibitedBy,
      mutedBy: status.mutedBy,
      receivers: one.receivers,
    }),
  )
export const alerts = z.array(alert)

export const groups = z.array(
  z
    .looseObject({ labels: some, receiver, alerts: z.array(alert) })
    .transform((group): AlertGroup => ({ labels: group.labels, receiver: group.receiver.name, alerts: group.alerts })),
)

export const silence = z
  .looseObject({
    id: z.string(),
    matchers: z.array(
      z.looseObject({
        name: z.string(),
        value: z.string(),
        isRegex: z.boolean().default(false),
        isEqual: z.boolean().default(true),
      }),
    ),
    startsAt: z.string(),
    endsAt: z.string(),
    updatedAt: z.string(),
    createdBy: z.string().default(''),
    comment: z.string().default(''),
    annotations: some,
    status: z.looseObject({ state: z.enum(['active', 'pending', 'expired']) }),
  })
  .transform(
    ({ matchers, annotations, status, ...one }): Silence => ({
      id: one.id,
      matchers: matchers.map(({ name, value, isRegex, isEqual }) => ({ name, value, isRegex, isEqual })),
      startsAt: one.startsAt,
      endsAt: one.endsAt,
      updatedAt: one.updatedAt,
      createdBy: one.createdBy,
      comment: one.comment,
      ...(Object.keys(annotations).length > 0 && { annotations }),
      state: status.state,
    }),
  )
export const silences = z.array(silence)

export const posted = z.looseObject({ silenceID: z.string() })

export const receivers = z.array(receiver)

export const status = z
  .looseObject({
    uptime: z.string(),
    versionInfo: z.looseObject({ version: z.string() }),
    cluster: z.looseObject({
      status: z.string(),
      peers: z
        .array(z.unknown())
        .nullish()
        .transform((list) => list?.length ?? 0),
    }),
  })
  .transform(
    (one): AlertmanagerStatus => ({
      version: one.versionInfo.version,
      startedAt: one.uptime,
      clusterState: one.cluster.status,
      peers: one.cluster.peers,
    }),
  )
