import { ToolError } from '#contract'
import type { Dynamo, DynamoDeployment } from '../clients/dynamo/types.ts'
import type { ResourceKind } from '../clients/kubernetes/types.ts'
import { type Catalogue, findModel, type Model, models, similarModels } from './catalogue.ts'
import type { Phase } from './runtimes/types.ts'

export { resolveModel } from './catalogue/resolve.ts'
export { catalogueOf } from './catalogue.ts'
export { type Found, findPlacement, type Placement, type PlacementRequest } from './fit/placement.ts'

/** The phases people know (MOD-041), from what Dynamo says. */
export function phaseOf(deployment: DynamoDeployment): Phase {
  if (deployment.raw.metadata.deletionTimestamp) return 'terminating'
  if (deployment.ready && deployment.state !== 'failed') return 'running'
  if (deployment.state === 'failed') return 'failed'
  return deployment.state === 'pending' || deployment.state === 'unknown' ? 'pending' : 'deploying'
}

export const subjectOf = (cluster: string, namespace: string, name: string): string =>
  `models/deployment/${cluster}/${namespace}/${name}`

/** @throws ToolError not-found with similar models */
export function requireModel(words: string, catalogue: Catalogue = models): Model {
  const found = findModel(words, catalogue)
  if (found) return found
  const similar = similarModels(words, catalogue)
  throw new ToolError('not-found', `No model is known as ${words.slice(0, 120)}`, {
    field: 'model',
    next: similar.length > 0 ? `Did you mean ${similar.join(' or ')}?` : 'Take one from list_models',
    details: { similar, known: catalogue().length },
    changed: 'nothing',
  })
}

export const dgdKind = (version: string): ResourceKind => ({
  group: 'nvidia.com',
  version,
  resource: 'dynamographdeployments',
  kind: 'DynamoGraphDeployment',
  namespaced: true,
})

/** @throws ToolError not-configured where the operator is missing */
export async function servedVersion(dynamo: Dynamo, signal: AbortSignal): Promise<'v1beta1' | 'v1alpha1'> {
  const version = await dynamo.apiVersion(signal)
  if (version) return version
  throw new ToolError('not-configured', `NVIDIA Dynamo is not installed on ${dynamo.cluster}`, {
    cluster: dynamo.cluster,
    next: 'Install the Dynamo operator there, or choose a cluster that has it',
    changed: 'nothing',
  })
}
