import { ToolError } from '#contract'
import type { ResourceKind } from '../clients/kubernetes/types.ts'
import { type Catalogue, findModel, type Model, models, similarModels } from './catalogue.ts'

export { resolveModel } from './catalogue/resolve.ts'
export { catalogueOf } from './catalogue.ts'
export { type Found, findPlacement, type Placement, type PlacementRequest } from './fit/placement.ts'

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
