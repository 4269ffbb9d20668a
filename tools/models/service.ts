import type { ResourceKind } from '../clients/kubernetes/types.ts'

export { resolveModel } from './catalogue/resolve.ts'
export { findPlacement } from './fit/placement.ts'

export const subjectOf = (cluster: string, namespace: string, name: string): string =>
  `models/deployment/${cluster}/${namespace}/${name}`

export const dgdKind = (version: string): ResourceKind => ({
  group: 'nvidia.com',
  version,
  resource: 'dynamographdeployments',
  kind: 'DynamoGraphDeployment',
  namespaced: true,
})
