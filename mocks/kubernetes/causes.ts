import { quantity } from '../world/quantity.ts'
import type { Cause } from './status.ts'

export function required(field: string, message = 'Required value'): Cause {
  return { reason: 'FieldValueRequired', message, field }
}

export function wrong(field: string, message: string): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${message}`, field }
}

/** The few rules on containers that people break. */
export function podCauses(spec: Record<string, unknown> | undefined, at: string): Cause[] {
  const containers = (spec?.containers ?? []) as {
    name?: string
    image?: string
    resources?: { limits?: Record<string, unknown>; requests?: Record<string, unknown> }
  }[]
  if (containers.length === 0) return [required(`${at}.containers`)]
  return containers.flatMap((container, index) => {
    const path = `${at}.containers[${index}]`
    const causes: Cause[] = []
    if (!container.name) causes.push(required(`${path}.name`))
    if (!container.image) causes.push(required(`${path}.image`))
    const { limits = {}, requests = {} } = container.resources ?? {}
    for (const [kind, list] of Object.entries({ limits, requests })) {
      for (const [resource, value] of Object.entries(list)) {
        if (Number.isNaN(quantity(value))) {
          causes.push(
            wrong(
              `${path}.resources.${kind}[${resource}]`,
              `"${String(value)}": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
            ),
          )
        }
      }
    }
    const gpuLimit = limits['nvidia.com/gpu']
    const gpuRequest = requests['nvidia.com/gpu']
    if (gpuRequest !== undefined && String(gpuRequest) !== String(gpuLimit)) {
      causes.push(
        wrong(
          `${path}.resources.requests`,
          `"${String(gpuRequest)}": must be equal to nvidia.com/gpu limit of ${String(gpuLimit ?? 0)}`,
        ),
      )
    }
    return causes
  })
}
