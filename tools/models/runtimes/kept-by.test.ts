import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../clients/kubernetes/types.ts'
import { keptBy } from './kept-by.ts'

const object = (metadata: object): KubeObject => ({ metadata: { name: 'llm', ...metadata } })
const wrote = (manager: string, more: object = {}) => ({
  manager,
  operation: 'Update',
  fieldsV1: { 'f:spec': {} },
  ...more,
})

describe('who keeps an object (MOD-040)', () => {
  it.each<[string, object, string | undefined]>([
    ['a chart', { labels: { 'app.kubernetes.io/managed-by': 'Helm' } }, 'Helm'],
    ['a release without the label', { annotations: { 'meta.helm.sh/release-name': 'chat' } }, 'Helm'],
    [
      'a chart that Argo CD renders',
      {
        labels: { 'app.kubernetes.io/managed-by': 'Helm' },
        annotations: { 'argocd.argoproj.io/tracking-id': 'serving:nvidia.com/DynamoGraphDeployment:a/llm' },
      },
      'Argo CD',
    ],
    ['an application with Argo CD labels', { labels: { 'argocd.argoproj.io/instance': 'serving' } }, 'Argo CD'],
    ['a Flux kustomization', { labels: { 'kustomize.toolkit.fluxcd.io/name': 'serving' } }, 'Flux'],
    ['a Flux release', { labels: { 'helm.toolkit.fluxcd.io/name': 'serving' } }, 'Flux'],
    ['what we made', { labels: { 'app.kubernetes.io/managed-by': 'quartermaster' } }, 'quartermaster'],
    ['a word of its own', { labels: { 'app.kubernetes.io/managed-by': 'gitops' } }, 'gitops'],
    ['what we applied', { managedFields: [wrote('quartermaster', { operation: 'Apply' })] }, 'quartermaster'],
    [
      'an applied object that somebody edited',
      { managedFields: [wrote('kubectl-edit'), wrote('argocd-controller', { operation: 'Apply' })] },
      'Argo CD',
    ],
    ['kubectl create', { managedFields: [wrote('kubectl-create')] }, 'kubectl'],
    ['another program', { managedFields: [wrote('my-platform')] }, 'my-platform'],
    [
      'a status that its operator wrote',
      { managedFields: [wrote('manager', { subresource: 'status', fieldsV1: { 'f:status': {} } })] },
      undefined,
    ],
    ['an annotation that somebody set', { managedFields: [wrote('x', { fieldsV1: { 'f:metadata': {} } })] }, undefined],
    [
      'a graph that Dynamo made for a request',
      { labels: { 'dgdr.nvidia.com/name': 'llm', 'app.kubernetes.io/managed-by': 'dynamo-operator' } },
      undefined,
    ],
    ['nothing', {}, undefined],
  ])('%s', (_, metadata, expected) => {
    expect(keptBy(object(metadata))).toBe(expected)
  })
})
