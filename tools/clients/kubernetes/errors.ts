import { type ErrorCode, ToolError } from '#contract'
import type { HttpResponse } from '../http.ts'
import { type Status, status as statusSchema } from './wire.ts'

/** What was asked of the API server, for the words of its refusal. */
export interface KubernetesAsked {
  cluster: string
  credential: string
  /** Whether the request could have changed something */
  changes?: boolean
}

/** The Status object of an answer; undefined where the body is something else. */
export function statusOf(response: HttpResponse): Status | undefined {
  try {
    const parsed = statusSchema.safeParse(JSON.parse(response.text()))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

const manager = /conflict with "([^"]+)"/
const clean = (text: string) => text.replace(/\s+/g, ' ').trim().slice(0, 600)
const fieldOf = (field: string | undefined) => field?.replace(/^\./, '')

/** A Status as a ToolError that keeps the server's reason and names the field, the other manager or the missing right. */
export function explainStatus(asked: KubernetesAsked, response: HttpResponse): ToolError | undefined {
  const answer = statusOf(response)
  if (!answer) return explainPlain(asked, response)
  const causes = (answer.details?.causes ?? []).map(({ reason, message, field }) => ({
    reason,
    message: clean(message),
    field: fieldOf(field),
  }))
  const words = clean(answer.message)
  const facts = {
    upstream: 'kubernetes',
    status: response.status,
    reason: answer.reason,
    ...(causes.length > 0 && { causes }),
  }
  const say = (code: ErrorCode, message: string, rest: { next: string; field?: string; details?: object }) =>
    new ToolError(code, message, {
      next: rest.next,
      field: rest.field,
      cluster: asked.cluster,
      details: { ...facts, ...rest.details },
      ...(asked.changes && { changed: code === 'upstream-timeout' ? ('unknown' as const) : ('nothing' as const) }),
    })
  const where = `cluster ${asked.cluster}`
  switch (response.status) {
    case 400:
      return explainBadRequest(words, where, say)
    case 401:
      return say('upstream-denied', `The Kubernetes API of ${where} does not accept our credentials (401): ${words}`, {
        next: `Check ${asked.credential}: it is missing, wrong or expired.`,
      })
    case 403: {
      const who = /User "([^"]+)"/.exec(words)?.[1]
      return say('upstream-denied', `${where} forbids this: ${words}`, {
        next: `Grant that right to ${who ? `"${who}"` : `the identity behind ${asked.credential}`} with a Role and its binding.`,
        details: { user: who },
      })
    }
    case 404:
      return say('not-found', `${where} does not have that: ${words}`, {
        next: 'Check name, namespace and kind; list_resources shows what there is.',
      })
    case 409:
      return explainConflict(answer, { words, where, causes, say })
    case 410:
      return say('conflict', `The list of ${where} changed while it was read: ${words}`, { next: 'Ask again.' })
    case 422: {
      const named = causes.map(({ field, message }) => (field ? `${field}: ${message}` : message))
      return say('invalid-request', `${where} refuses the object: ${named.slice(0, 5).join('; ') || words}`, {
        next: causes[0]?.field ? `Correct ${causes[0].field} and try again.` : 'Correct what it names and try again.',
        field: causes[0]?.field,
      })
    }
    case 504:
      return say('upstream-timeout', `The Kubernetes API of ${where} ran out of time: ${words}`, {
        next: 'Try again, with a limit or a selector if it was a list.',
      })
    case 500: {
      // What server-side apply answers to a field that the schema does not have.
      const undeclared = /\.?([\w.[\]"=:/-]+): field not declared in schema/.exec(words)?.[1]
      if (!undeclared) return undefined
      return say('invalid-request', `${where} does not know the field ${undeclared}.`, {
        next: `Remove or correct ${undeclared}; the version of the object may be too old for it.`,
        field: undeclared,
      })
    }
    default:
      return undefined
  }
}

type Say = (code: ErrorCode, message: string, rest: { next: string; field?: string; details?: object }) => ToolError

function explainBadRequest(words: string, where: string, say: Say): ToolError {
  const containers = /choose one of: \[([^\]]+)\]/.exec(words)?.[1]?.split(' ')
  if (containers) {
    return say('invalid-input', `The pod has several containers: ${containers.join(', ')}.`, {
      next: 'Name one of them as container.',
      field: 'container',
      details: { containers },
    })
  }
  if (/is waiting to start|previous terminated container|is not valid for pod|not available/.test(words)) {
    return say('not-found', `There is no such log yet: ${words}`, {
      next: 'Look at the pod and its events for why the container has not run; diagnose_pod does both.',
    })
  }
  const unknown = /unknown field "([^"]+)"/.exec(words)?.[1]
  return say('invalid-request', `${where} refuses the request as invalid: ${words}`, {
    next: unknown ? `Remove or correct the field ${unknown}.` : 'Correct what it names and try again.',
    field: unknown,
  })
}

function explainConflict(
  answer: Status,
  {
    words,
    where,
    causes,
    say,
  }: { words: string; where: string; causes: { message: string; field?: string }[]; say: Say },
): ToolError {
  if (answer.reason === 'AlreadyExists') {
    return say('already-exists', `${where} has that already: ${words}`, {
      next: 'Choose another name or change the one there.',
    })
  }
  const managers = [...new Set(causes.flatMap(({ message }) => manager.exec(message)?.[1] ?? []))]
  if (managers.length === 0) {
    return say('conflict', `${where} refuses because of a conflict: ${words}`, {
      next: 'Read the present state and try again.',
    })
  }
  const fields = causes.flatMap(({ field }) => field ?? [])
  return say('conflict', `${fields.join(', ')} on ${where}: managed by ${managers.join(', ')}, not by us.`, {
    next: `Leave these fields to ${managers.join(', ')}, or apply with force to take them over.`,
    field: fields[0],
    details: { managers },
  })
}

/** `404 page not found`: the path itself is not served, so the kind is not installed. */
function explainPlain(asked: KubernetesAsked, response: HttpResponse): ToolError | undefined {
  if (response.status !== 404) return undefined
  return new ToolError('not-found', `Cluster ${asked.cluster} does not serve this kind of object.`, {
    next: 'Check that its operator or CRD is installed there, or ask another cluster.',
    cluster: asked.cluster,
    details: { upstream: 'kubernetes', status: 404, reason: 'NotServed' },
    ...(asked.changes && { changed: 'nothing' as const }),
  })
}
