import { expect, it } from 'vitest'
import type { KubeObject } from '../../../clients/kubernetes/types.ts'
import { toV1alpha1 } from './v1alpha1.ts'

const beta = (components: object[]): KubeObject => ({
  apiVersion: 'nvidia.com/v1beta1',
  kind: 'DynamoGraphDeployment',
  metadata: { name: 'llm', namespace: 'inference' },
  spec: { backendFramework: 'vllm', env: [{ name: 'A', value: 'b' }], components },
})

it('turns v1beta1 into what Dynamo 1.1 and older take (MOD-029)', () => {
  const container = {
    image: 'x/vllm-runtime:1.1.0',
    args: ['--model', 'a/b'],
    env: [{ name: 'HF_HOME', value: '/models' }],
    envFrom: [{ secretRef: { name: 'hf-token-secret' } }],
    volumeMounts: [{ name: 'weights', mountPath: '/models' }],
    resources: { limits: { 'nvidia.com/gpu': 2, cpu: '4', 'rdma/ib': 1 }, requests: { memory: '8Gi' } },
  }
  const volumes = [{ name: 'weights', persistentVolumeClaim: { claimName: 'w' } }]
  const podTemplate = {
    metadata: { labels: { team: 'a' } },
    spec: { nodeSelector: { pool: 'gpu' }, volumes, containers: [{ name: 'main', ...container }] },
  }
  const component = {
    name: 'Decode',
    type: 'decode',
    replicas: 2,
    runtimeVersionOverride: '1.6.0',
    podTemplate,
    sharedMemorySize: '16Gi',
    scalingAdapter: {},
    multinode: { nodeCount: 2 },
  }
  const { image, args, volumeMounts } = container
  expect(toV1alpha1(beta([component]))).toEqual({
    ...beta([]),
    apiVersion: 'nvidia.com/v1alpha1',
    spec: {
      backendFramework: 'vllm',
      envs: [{ name: 'A', value: 'b' }],
      services: {
        Decode: {
          componentType: 'worker',
          subComponentType: 'decode',
          replicas: 2,
          multinode: { nodeCount: 2 },
          envs: [{ name: 'HF_HOME', value: '/models' }],
          envFromSecret: 'hf-token-secret',
          resources: { limits: { cpu: '4', gpu: '2', custom: { 'rdma/ib': 1 } }, requests: { memory: '8Gi' } },
          sharedMemory: { size: '16Gi' },
          scalingAdapter: { enabled: true },
          extraPodMetadata: { labels: { team: 'a' } },
          extraPodSpec: { nodeSelector: { pool: 'gpu' }, volumes, mainContainer: { image, args, volumeMounts } },
        },
      },
    },
  })
})

it.each([
  ['compilationCache', { name: 'Worker', compilationCache: { pvcName: 'x' } }],
  ['type: planner', { name: 'Worker', type: 'planner' }],
])('refuses %s, which v1alpha1 has no place for, by name', (member, component) => {
  expect(() => toV1alpha1(beta([component]))).toThrowError(
    expect.objectContaining({
      code: 'invalid-request',
      options: expect.objectContaining({ field: `spec.components[Worker].${member}`, changed: 'nothing' }),
    }),
  )
})
