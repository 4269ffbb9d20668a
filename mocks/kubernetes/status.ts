import type { ResourceType } from './resources.ts'

export interface Cause {
  reason: string
  message: string
  field: string
}

interface Details {
  name?: string
  group?: string
  kind?: string
  causes?: Cause[]
  retryAfterSeconds?: number
}

/** An answer that is not the one asked for, in Kubernetes' own words. */
export class StatusError extends Error {
  readonly code: number
  readonly reason: string
  readonly details: Details | undefined

  constructor(code: number, reason: string, { message, details }: { message: string; details?: Details }) {
    super(message)
    this.code = code
    this.reason = reason
    this.details = details
  }

  body() {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details ? { details: this.details } : {}),
      code: this.code,
    }
  }
}

function detailsOf(type: ResourceType, name: string): Details {
  return { name, ...(type.group ? { group: type.group } : {}), kind: type.plural }
}

const named = (type: ResourceType) => (type.group ? `${type.plural}.${type.group}` : type.plural)

export function notFound(type: ResourceType, name: string): StatusError {
  return new StatusError(404, 'NotFound', {
    message: `${named(type)} "${name}" not found`,
    details: detailsOf(type, name),
  })
}

export function alreadyExists(type: ResourceType, name: string): StatusError {
  return new StatusError(409, 'AlreadyExists', {
    message: `${named(type)} "${name}" already exists`,
    details: detailsOf(type, name),
  })
}

export function conflict(type: ResourceType, name: string): StatusError {
  const message = `Operation cannot be fulfilled on ${named(type)} "${name}": the object has been modified; please apply your changes to the latest version and try again`
  return new StatusError(409, 'Conflict', { message, details: detailsOf(type, name) })
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', { message })
}

export function unsupportedMediaType(message: string): StatusError {
  return new StatusError(415, 'UnsupportedMediaType', { message })
}

export function unauthorized(): StatusError {
  return new StatusError(401, 'Unauthorized', { message: 'Unauthorized' })
}

export function forbidden(type: ResourceType, name: string, message: string): StatusError {
  return new StatusError(403, 'Forbidden', { message, details: detailsOf(type, name) })
}

export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', { message })
}

export function invalid(type: ResourceType, name: string, causes: Cause[]): StatusError {
  const list = causes.map((cause) => `${cause.field}: ${cause.message}`)
  const text = list.length === 1 ? list[0] : `[${list.join(', ')}]`
  const kind = type.group ? `${type.kind}.${type.group}` : type.kind
  return new StatusError(422, 'Invalid', {
    message: `${kind} "${name}" is invalid: ${text}`,
    details: { ...detailsOf(type, name), kind: type.kind, causes },
  })
}

/** Server-side apply met fields that another manager holds with other values. */
export function applyConflict(holders: { manager: string; field: string }[]): StatusError {
  const causes = holders.map(({ manager, field }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with "${manager}"`,
    field,
  }))
  const managers = [...new Set(holders.map((holder) => holder.manager))]
  const fields = holders.map((holder) => holder.field)
  const message =
    holders.length === 1
      ? `Apply failed with 1 conflict: conflict with "${managers[0]}": ${fields[0]}`
      : `Apply failed with ${holders.length} conflicts: conflicts with ${managers.map((manager) => `"${manager}"`).join(', ')}:\n${fields.map((field) => `- ${field}`).join('\n')}`
  return new StatusError(409, 'Conflict', { message, details: { causes } })
}
