import { describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import type { KubeObject, KubernetesCluster } from '../../clients/kubernetes/types.ts'
import { kubernetesOf } from '../../testing-upstreams.ts'
import { applyAll } from './apply-all.ts'

const signal = new AbortController().signal
const core = (kind: string, group = '', version = 'v1') => ({
  ...{ group, version, kind, resource: `${kind.toLowerCase()}s`, namespaced: kind !== 'Namespace' },
})
const kinds = [core('Deployment', 'apps'), core('Service'), core('ConfigMap'), core('Namespace')]
const object = (kind: string, apiVersion = 'v1'): KubeObject => ({
  ...{ apiVersion, kind, metadata: { name: 'chat', namespace: 'serving' } },
})
const manifests = [object('Deployment', 'apps/v1'), object('Service'), object('ConfigMap')]

/** Applies all but `refused`, and keeps in what order. */
function cluster(refused?: string, changed?: 'nothing') {
  const applied: string[] = []
  const known = kubernetesOf({ cluster: 'east', kinds })
  const client: KubernetesCluster = {
    ...known,
    resolveKind: (name) => known.resolveKind(name.split('.')[0]!),
    apply: async (kind, one) => {
      if (kind.kind === refused)
        throw new ToolError('upstream-denied', `cannot patch ${kind.resource}`, {
          next: 'Grant it.',
          ...(changed && { changed }),
        })
      applied.push(kind.kind)
      return { ...one, metadata: { ...one.metadata, uid: kind.kind } }
    },
  }
  return { client, applied }
}
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    ({ code, message, options }: ToolError) => ({ code, message, ...options }),
  )

describe('applying what makes a deployment', () => {
  it('writes the root last, and answers in the order that was given', async () => {
    const { client, applied } = cluster()
    const stored = await applyAll(client, manifests, { signal, createNamespace: true })
    expect(applied).toEqual(['Namespace', 'ConfigMap', 'Service', 'Deployment'])
    expect(stored.map(({ metadata }) => metadata.uid)).toEqual(['Deployment', 'Service', 'ConfigMap'])
  })

  it('a refusal half-way says which object it was, what was applied, and how to go on', async () => {
    const { client, applied } = cluster('Deployment', 'nothing')
    expect(await failureOf(applyAll(client, manifests, { signal }))).toMatchObject({
      code: 'upstream-denied',
      message:
        'Deployment serving/chat: cannot patch deployments. Applied before it: ConfigMap serving/chat, Service serving/chat.',
      next: 'Grant it. Deploy again when that is done: what is there is taken over.',
      changed: 'something',
      details: { applied: ['ConfigMap serving/chat', 'Service serving/chat'] },
    })
    expect(applied).toEqual(['ConfigMap', 'Service'])
  })

  it('a refusal of the first says what the API server said about it', async () => {
    const refusal = async (changed?: 'nothing') =>
      failureOf(applyAll(cluster('ConfigMap', changed).client, manifests, { signal }))
    expect(await refusal('nothing')).toMatchObject({ changed: 'nothing', next: 'Grant it.', details: { applied: [] } })
    expect(await refusal()).toMatchObject({ changed: 'unknown' })
  })

  it('a namespace that was made for it is a change too', async () => {
    const { client } = cluster('ConfigMap', 'nothing')
    expect(await failureOf(applyAll(client, manifests, { signal, createNamespace: true }))).toMatchObject({
      changed: 'something',
      details: { applied: ['Namespace serving'] },
    })
  })

  it('a version that the cluster does not serve is refused before anything is written', async () => {
    const { client, applied } = cluster()
    const older = [...manifests, object('Service', 'v2')]
    expect(await failureOf(applyAll(client, older, { signal, createNamespace: true }))).toMatchObject({
      code: 'not-found',
      changed: 'nothing',
    })
    expect(applied).toEqual([])
  })
})
