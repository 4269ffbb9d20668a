import * as z from 'zod'
import { tone } from '#contract'
import { deploymentRow } from './deployment-rows.ts'

/** What is announced of deployments while somebody looks: nothing of it is kept, the clusters have it (MOD-046, MOD-053). */
export const servedEvents = {
  /** The row of a deployment, for lists; one that is gone is removed */
  'served.updated': deploymentRow.partial().extend({ remove: z.array(z.string()).optional() }),
  /** Its state, for the card of one */
  'served.state-changed': z.strictObject({
    state: z.string(),
    tone,
    summary: z.string(),
  }),
}

/** `models/served/gpu-east/inference/qwen3-8b`, for lists; without a place all there are. */
export const rowSubject = (...place: readonly string[]): string =>
  ['models', 'served', ...(place.length > 0 ? place : ['*'])].join('/')
/** For the card of one deployment. */
export const stateSubject = (cluster: string, namespace: string, name: string): string =>
  `models/state/${cluster}/${namespace}/${name}`

/** The subject of a list; rows that are new come into it where its filter can tell that they belong there. */
export function servedSubject(
  filter: { phase?: string | undefined; namespace?: string | undefined; text?: string | undefined },
  clusters?: readonly string[],
): string {
  if (filter.text) return rowSubject()
  const wanted = new URLSearchParams({
    ...(clusters && { cluster: clusters.join(',') }),
    ...(filter.namespace && { namespace: filter.namespace }),
    ...(filter.phase && { phase: filter.phase }),
  })
  return `${rowSubject()}?${wanted}`
}
