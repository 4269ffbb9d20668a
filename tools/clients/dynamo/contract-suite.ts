import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failureOf } from '../failure-suite.ts'
import type { KubeObject, KubernetesCluster } from '../kubernetes/types.ts'
import { graphKind } from './client.ts'
import type { Dynamo } from './types.ts'

export interface DynamoUnderTest {
  client: Dynamo
  kubernetes: KubernetesCluster
  /** A namespace that exists and that the suite may write to */
  namespace: string
  close(): Promise<void>
}

const name = 'qm-contract'

function graph(namespace: string, more: object = {}): KubeObject {
  const container = { name: 'main', image: 'nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.6.0' }
  const worker = {
    ...container,
    command: ['python3', '-m', 'dynamo.vllm'],
    args: ['--model', 'Qwen/Qwen3-8B', '--tensor-parallel-size', '2'],
    resources: { limits: { 'nvidia.com/gpu': '2' } },
  }
  return {
    apiVersion: 'nvidia.com/v1beta1',
    kind: 'DynamoGraphDeployment',
    metadata: { name, namespace },
    spec: {
      backendFramework: 'vllm',
      components: [
        { name: 'Frontend', type: 'frontend', replicas: 1, podTemplate: { spec: { containers: [container] } } },
        { name: 'Worker', type: 'worker', replicas: 1, podTemplate: { spec: { containers: [worker] } } },
      ],
      ...more,
    },
  }
}

/** What we rely on of Dynamo's custom resources, with the operator's definitions installed. It writes one graph and removes it. */
export function dynamoContract(title: string, open: () => Promise<DynamoUnderTest>): void {
  describe(`Dynamo contract: ${title}`, () => {
    let under: DynamoUnderTest
    let client: Dynamo
    beforeAll(async () => {
      under = await open()
      client = under.client
    })
    afterAll(() => under?.close())

    it('writes the newest version that is served', async () => {
      expect(await client.apiVersion()).toBe('v1beta1')
    })

    it('a dry run is validated and stores nothing', async () => {
      const planned = await client.apply(graph(under.namespace), { dryRun: true })
      expect(planned.metadata.name).toBe(name)
      expect(await client.get({ namespace: under.namespace, name })).toBeUndefined()
    })

    it('a component of an unknown type is refused, by its field', async () => {
      const components = [{ name: 'Odd', type: 'oddity', replicas: 1 }]
      const error = await failureOf(client.apply(graph(under.namespace, { components }), { dryRun: true }))
      expect(error.code).toBe('invalid-request')
      expect(error.message).toContain('components')
    })

    it('applies, reads back in one shape, lists, and is gone after a delete', async () => {
      await client.apply(graph(under.namespace))
      const found = await client.get({ namespace: under.namespace, name })
      expect(found).toMatchObject({
        cluster: client.cluster,
        namespace: under.namespace,
        name,
        ready: false,
        backend: 'vllm',
        model: 'Qwen/Qwen3-8B',
      })
      expect(found?.components.map(({ name: part, type, gpusPerReplica }) => [part, type, gpusPerReplica])).toEqual([
        ['Frontend', 'frontend', 0],
        ['Worker', 'worker', 2],
      ])
      const names = (await client.list({ namespace: under.namespace })).map((one) => one.name)
      expect(names).toContain(name)
      await under.kubernetes.delete(graphKind('v1beta1'), { namespace: under.namespace, name })
    })
  })
}
