import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { configFor, gpusOf, rayInput, settledInput, takesToken, totalOf } from './config.ts'
import { rayClusterManifest } from './manifest.ts'
import { specOf, wantedWorkers } from './service.ts'

const quantities = z.strictObject({
  cpu: z.string().regex(/^\d+$/),
  memory: z.string().regex(/^\d+Gi$/),
  'nvidia.com/gpu': z
    .string()
    .regex(/^[1-9]\d*$/)
    .optional(),
})
const template = z.strictObject({
  metadata: z.strictObject({ labels: z.record(z.string(), z.string().max(63)) }),
  spec: z.strictObject({
    tolerations: z
      .array(z.strictObject({ key: z.string(), operator: z.literal('Exists'), effect: z.string() }))
      .optional(),
    nodeSelector: z.record(z.string(), z.string().regex(/^[\w.-]{1,63}$/)).optional(),
    containers: z
      .array(
        z.strictObject({
          name: z.string(),
          image: z.string().min(1),
          resources: z.strictObject({ limits: quantities, requests: quantities }),
          ports: z.array(z.strictObject({ containerPort: z.number(), name: z.string().max(15) })).optional(),
        }),
      )
      .length(1),
  }),
})
/** The members of ray.io/v1 that we write, and the operator's own rules (KubeRay 1.7). */
const rayCluster = z.strictObject({
  apiVersion: z.literal('ray.io/v1'),
  kind: z.literal('RayCluster'),
  metadata: z.strictObject({
    name: z
      .string()
      .max(53)
      .regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/),
    namespace: z.string().max(63),
    labels: z.record(z.string(), z.string().max(63)),
  }),
  spec: z.strictObject({
    rayVersion: z.string(),
    enableInTreeAutoscaling: z.literal(false),
    authOptions: z.strictObject({ mode: z.literal('token') }).optional(),
    headGroupSpec: z.strictObject({ rayStartParams: z.record(z.string(), z.string()), template }),
    workerGroupSpecs: z
      .array(
        z
          .strictObject({
            groupName: z.string(),
            replicas: z.number().int().min(0),
            minReplicas: z.number().int().min(0),
            maxReplicas: z.number().int().min(1),
            rayStartParams: z.record(z.string(), z.string()),
            template,
          })
          .refine((group) => group.minReplicas <= group.replicas && group.replicas <= group.maxReplicas),
      )
      .length(1),
  }),
})

const letters = 'abcdefghijklmnopqrstuvwxyz'
const name = fc
  .tuple(
    fc.constantFrom(...letters),
    fc.string({ unit: fc.constantFrom(...letters, '0', '9', '-'), maxLength: 51 }),
    fc.constantFrom(...letters, '7'),
  )
  .map((parts) => parts.join(''))
const anyInput = fc.record(
  {
    name,
    namespace: fc.constantFrom('ray', 'team-a'),
    workers: fc.integer({ min: 0, max: 50 }),
    gpusPerWorker: fc.integer({ min: 0, max: 16 }),
    headGpus: fc.integer({ min: 0, max: 16 }),
    gpuModel: fc.constantFrom('NVIDIA H100 80GB HBM3', 'NVIDIA L4', 'Tesla T4'),
    cpusPerWorker: fc.integer({ min: 1, max: 512 }),
    memoryGibPerWorker: fc.integer({ min: 1, max: 8192 }),
    rayVersion: fc.constantFrom('2.9.3', '2.49.2', '2.52.0', '2.59.0'),
  },
  { requiredKeys: [] },
)

describe('the manifest of a Ray cluster', () => {
  it('always validates and carries the numbers it was given (QLT-050)', () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        const input = rayInput.parse(given)
        const config = configFor(input, input.name ?? 'ray')
        const object = rayClusterManifest(config)
        const { spec } = rayCluster.parse(object)
        const group = spec.workerGroupSpecs[0]!
        const limits = group.template.spec.containers[0]!.resources.limits
        expect(group.replicas).toBe(input.workers)
        expect(wantedWorkers(specOf(object))).toBe(input.workers)
        expect(Number(limits['nvidia.com/gpu'] ?? 0)).toBe(input.gpusPerWorker)
        expect(Number(spec.headGroupSpec.template.spec.containers[0]!.resources.limits['nvidia.com/gpu'] ?? 0)).toBe(
          input.headGpus,
        )
        if (input.cpusPerWorker) expect(limits.cpu).toBe(String(input.cpusPerWorker))
        if (input.memoryGibPerWorker) expect(limits.memory).toBe(`${input.memoryGibPerWorker}Gi`)
        expect(spec.authOptions !== undefined).toBe(takesToken(input.rayVersion))
        expect(spec.rayVersion).toBe(input.rayVersion)
        const pinned = group.template.spec.nodeSelector !== undefined
        expect(pinned).toBe(input.gpuModel !== undefined && input.gpusPerWorker > 0)
      }),
      { numRuns: 300 },
    )
  })

  it('is the same for the settled input: what a person approves is what runs', () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        const input = rayInput.parse(given)
        const config = configFor(input, input.name ?? 'ray-2')
        const settled = rayInput.parse(settledInput(input, 'gpu-east', config))
        expect(rayClusterManifest(configFor(settled, settled.name!))).toEqual(rayClusterManifest(config))
      }),
    )
  })

  it('asks for the sum of head and workers', () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        const input = rayInput.parse(given)
        const config = configFor(input, 'ray')
        expect(gpusOf(config)).toBe(input.headGpus + input.workers * input.gpusPerWorker)
        expect(totalOf(config).gpus).toBe(gpusOf(config))
      }),
    )
  })

  it('leaves work to the workers unless the head has GPUs or is alone', () => {
    const start = (input: object) =>
      rayCluster.parse(rayClusterManifest(configFor(rayInput.parse(input), 'ray'))).spec.headGroupSpec.rayStartParams
    expect(start({ workers: 2 })).toHaveProperty('num-cpus', '0')
    expect(start({ workers: 0 })).not.toHaveProperty('num-cpus')
    expect(start({ workers: 2, headGpus: 1 })).not.toHaveProperty('num-cpus')
  })

  it.each([
    ['2.51.9', false],
    ['2.52.0', true],
    ['2.100.0', true],
    ['3.0.0', true],
  ])('Ray %s takes a token: %s', (version, takes) => {
    expect(takesToken(version)).toBe(takes)
  })
})
