import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isToolError } from '#contract'
import { rollbackDeployment } from '../rollback-deployment.tool.ts'
import { plain } from '../runtimes/plain/runtime.ts'
import { anyAccepted } from '../runtimes/testing.ts'
import { updateDeployment } from '../update-deployment.tool.ts'
import { type Bench, benchNamespace, startBench } from './testing.ts'

const cluster = 'gpu-east'
let bench: Bench
beforeAll(async () => {
  bench = await startBench([cluster], {
    prices: { source: 'test', asOf: '2026-11-01', gpuHourUsdCents: { H100: 250 } },
  })
})
afterAll(() => bench.close())

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const wish = fc
  .record({
    maxSequences: optional(fc.integer({ min: 1, max: 4096 })),
    gpuMemoryUtilization: optional(fc.integer({ min: 10, max: 98 }).map((percent) => percent / 100)),
    enforceEager: optional(fc.boolean()),
    enablePrefixCaching: optional(fc.boolean()),
    trustRemoteCode: optional(fc.boolean()),
    image: optional(fc.constantFrom('registry.example/own/runtime:v1.5', 'registry.example/own/runtime:v1.6')),
    engineArgs: optional(fc.constantFrom<string[]>([], ['--seed', '9'], ['--max-num-batched-tokens 8192'])),
    servedModelName: optional(fc.constantFrom('chat', 'team/chat-v3')),
    cpu: optional(fc.constantFrom('4', '500m')),
    memory: optional(fc.constantFrom('64Gi', '1Ti')),
    sharedMemory: optional(fc.constantFrom('16Gi', '8Gi')),
    priorityClass: optional(fc.constantFrom('high', 'low')),
    unset: optional(fc.subarray(['quantization', 'kvCacheDtype', 'nodeSelector'])),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)))

describe('MOD-055: a rollback undoes updates, whatever they were', () => {
  it('the manifests of the revision are what runs again', { timeout: 240_000 }, async () => {
    let run = 0
    let undone = 0
    const config = anyAccepted(plain, { first: 'abcxyz', nameLength: 30 })
    await fc.assert(
      fc.asyncProperty(config, fc.array(wish, { minLength: 1, maxLength: 3 }), async (random, wishes) => {
        const name = `any-${++run}`
        const at = { cluster, name, namespace: benchNamespace }
        await bench.deploy(cluster, { ...random, name, namespace: benchNamespace })
        const before = (await bench.get(cluster, 'deployments.apps', name)).spec
        let changed = 0
        for (const [index, one] of wishes.entries()) {
          try {
            await bench.change(updateDeployment, { ...at, ...one }, `${name}-update-${index}`)
            changed++
          } catch (error) {
            // What contradicts itself, changes nothing or does not fit is refused, each with a test of its own
            if (!isToolError(error) || error.code === 'internal') throw error
          }
        }
        const revisions = await bench.revisions(cluster, name)
        expect(revisions).toHaveLength(changed + 1)
        if (changed === 0) return
        try {
          await bench.change(rollbackDeployment, { ...at, revision: 1 }, `${name}-rollback`)
        } catch (error) {
          // Updates that undid each other
          if (!isToolError(error) || !error.message.includes('already')) throw error
          return
        }
        undone++
        expect((await bench.get(cluster, 'deployments.apps', name)).spec).toEqual(before)
        const [latest, ...earlier] = await bench.revisions(cluster, name)
        expect(latest!.manifests).toEqual(earlier.at(-1)!.manifests)
        expect(latest!.config).toEqual(earlier.at(-1)!.config)
      }),
      { numRuns: 12 },
    )
    expect(undone).toBeGreaterThan(3)
  })
})
