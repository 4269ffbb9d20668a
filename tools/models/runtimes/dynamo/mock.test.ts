import { afterEach, describe, expect, it } from 'vitest'
import { startKubernetes } from '../../../../mocks/kubernetes/server.ts'
import { testWorld } from '../../../../mocks/testing.ts'
import { failureOf } from '../../../clients/failure-suite.ts'
import { testClients } from '../../../clients/testing.ts'
import { engines } from '../../catalogue.ts'
import { plainConfig } from '../../testing-config.ts'
import { findServed, listServed, servedKind } from '../served.ts'
import { runtimeImage } from './names.ts'
import { dynamoRequest } from './request.ts'
import { dynamo } from './runtime.ts'

const signal = AbortSignal.timeout(60_000)
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function open(cluster: string) {
  const world = testWorld()
  const server = await startKubernetes({ world, cluster })
  const clients = testClients({ clusters: [{ name: cluster, kubernetes: { url: server.url } }] })
  closing.push(
    () => clients.close(),
    () => server.close(),
  )
  return { world, client: clients.kubernetes.for(cluster) }
}

describe('Dynamo in the mock world, as the real API server has it', () => {
  it.each([
    ['gpu-east', 'v1beta1'],
    ['edge-lab', 'v1alpha1'],
  ])('%s serves %s: every engine and mode is dry-run, applied, found and gone', async (cluster, version) => {
    const { client } = await open(cluster)
    const kind = (await servedKind(client, dynamo, signal))!
    expect(kind.version).toBe(version)
    for (const engine of engines)
      for (const mode of ['aggregated', 'disaggregated'] as const) {
        const name = `${engine}-${mode}`
        const config = plainConfig({ name, engine, mode, gpus: 2, image: runtimeImage(engine) })
        const [graph] = dynamo.manifests(config, version)
        await client.apply(kind, graph!, { dryRun: true, signal })
        expect((await failureOf(findServed(client, { name, signal }))).code).toBe('not-found')
        await client.apply(kind, graph!, { signal })
        expect(await findServed(client, { name, signal })).toMatchObject({
          cluster,
          engine,
          mode,
          model: 'Qwen/Qwen3-8B',
          keptBy: 'quartermaster',
        })
        await client.delete(kind, { namespace: config.namespace, name })
      }
  })

  it('a component of an unknown type is refused, by its field', async () => {
    const { client } = await open('gpu-east')
    const kind = (await servedKind(client, dynamo, signal))!
    const [graph] = dynamo.manifests(plainConfig(), 'v1beta1')
    const components = [{ name: 'Odd', type: 'oddity', replicas: 1 }]
    const error = await failureOf(client.apply(kind, { ...graph!, spec: { components } }, { dryRun: true, signal }))
    expect([error.code, error.message]).toEqual(['invalid-request', expect.stringContaining('components')])
  })

  it('a request is one deployment under one name, from the search to the graph that serves', async () => {
    const { client, world } = await open('gpu-east')
    const kind = (await servedKind(client, dynamoRequest, signal))!
    const config = plainConfig({ runtime: 'dynamo-request', name: 'goal' })
    await client.apply(kind, dynamoRequest.manifests(config, kind.version)[0]!, { signal })
    const seen = new Set<string>()
    for (let step = 0; step < 60 && !seen.has('dynamo running'); step++) {
      world.tick(5)
      const { deployments } = await listServed(client, { namespace: config.namespace, signal })
      const mine = deployments.filter(({ name }) => name === 'goal')
      expect(mine).toHaveLength(1)
      seen.add(`${mine[0]!.runtime} ${mine[0]!.phase}`)
    }
    expect([...seen][0]).toMatch(/^dynamo-request (pending|deploying)$/)
    expect(seen).toContain('dynamo-request deploying')
    expect(seen).toContain('dynamo running')
  })
})
