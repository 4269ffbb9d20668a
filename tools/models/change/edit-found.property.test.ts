import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DeploymentConfig } from '../config.ts'
import { dynamo } from '../runtimes/dynamo/runtime.ts'
import { plain } from '../runtimes/plain/runtime.ts'
import { configOf } from '../runtimes/testing.ts'
import type { Runtime } from '../runtimes/types.ts'
import { type Edit, editFound } from './edit-found.ts'
import { flagsIn, withFlag, withoutFlag } from './flags.ts'
import { mergePatch } from './paths.ts'
import type { Target } from './target.ts'

const targetOf = (runtime: Runtime, config: DeploymentConfig, version: string): Target => {
  const [object] = runtime.manifests(config, version)
  const kind = { ...runtime.root, version, namespaced: true }
  const deployment = runtime.read('east', object!)!
  return { cluster: 'east', client: undefined as never, runtime, kind, deployment, object: object!, title: 'it' }
}
const edits = fc.record(
  {
    contextLength: fc.integer({ min: 256, max: 100_000 }),
    maxSequences: fc.integer({ min: 1, max: 512 }),
    gpuMemoryUtilization: fc.constantFrom(0.5, 0.9),
    enforceEager: fc.boolean(),
    trustRemoteCode: fc.boolean(),
    quantization: fc.constantFrom('fp8', 'awq'),
    servedModelName: fc.constantFrom('chat', 'a/b'),
    image: fc.constantFrom('example.com/vllm:1.2.3'),
    gpus: fc.constantFrom(1, 2, 4, 8),
    memory: fc.constantFrom('32Gi', '64Gi'),
  },
  { requiredKeys: [] },
)
const runtimes = fc.constantFrom<[Runtime, string]>([dynamo, 'v1beta1'], [dynamo, 'v1alpha1'], [plain, 'v1'])
const modes = fc.constantFrom('aggregated' as const, 'disaggregated' as const)

describe('editing what somebody else made', () => {
  it('reads back as what was asked, twice is once, and undoing it gives the earlier manifest', () => {
    fc.assert(
      fc.property(runtimes, modes, edits, ([runtime, version], mode, edit) => {
        const config = configOf(runtime, { mode: runtime === plain ? 'aggregated' : mode, contextLength: 8192 })
        const target = targetOf(runtime, config, version)
        const edited = editFound(target, edit as Edit)
        const read = runtime.read('east', edited)!
        if (edit.servedModelName !== undefined) expect(read.servedModelName).toBe(edit.servedModelName)
        if (edit.gpus !== undefined)
          for (const { role, gpusPerReplica } of read.components)
            if (role !== 'frontend') expect(gpusPerReplica).toBe(edit.gpus)
        expect(read.model).toBe(target.deployment.model)
        expect(editFound({ ...target, object: edited }, edit as Edit)).toEqual(edited)
        const back = mergePatch(edited.spec, target.object.spec)
        if (back === undefined) expect(edited.spec).toEqual(target.object.spec)
        expect(edited.metadata).toEqual(target.object.metadata)
      }),
      { numRuns: 200 },
    )
  })

  it('the same words as a manifest that was made with them', () => {
    const words = (config: DeploymentConfig) => JSON.stringify(dynamo.manifests(config, 'v1beta1')[0]!.spec)
    const config = configOf(dynamo, { contextLength: 8192 })
    const edited = editFound(targetOf(dynamo, config, 'v1beta1'), { contextLength: 4096 })
    expect(JSON.stringify(edited.spec)).toBe(words({ ...config, contextLength: 4096 }))
  })

  it('refuses a shell line, and what it does not know how to write', () => {
    const target = targetOf(plain, configOf(plain), 'v1')
    const spec = JSON.parse(JSON.stringify(target.object.spec))
    spec.template.spec.containers[0].command = ['sh', '-c', 'vllm serve Qwen/Qwen3-8B --max-model-len 8192']
    spec.template.spec.containers[0].args = undefined
    const shell = { ...target, object: { ...target.object, spec } }
    expect(() => editFound(shell, { contextLength: 4096 })).toThrow(/shell line/)
    expect(() => editFound(target, { sharedMemory: '1Gi' } as Edit)).toThrow(/sharedMemory/)
    expect(editFound(shell, { image: 'example.com/x:1' })).not.toEqual(shell.object)
  })
})

describe('flags of a command line', () => {
  const name = fc.constantFrom('--a', '--b', '--c')
  const value = fc.constantFrom('1', 'x', '{"a": 1}', '-1')
  const line = fc
    .array(fc.oneof(fc.tuple(name), fc.tuple(name, value), fc.tuple(fc.constantFrom('--a=1', '--b=x'))))
    .map((all) => all.flat())
  it('hold exactly one of a flag that was set, at its value, and the others as they were', () => {
    fc.assert(
      fc.property(line, name, value, (words, flag, wanted) => {
        const next = withFlag(words, [flag], wanted)
        expect(flagsIn(next).filter((one) => one.flag === flag)).toEqual([{ flag, value: wanted }])
        expect(withoutFlag(next, [flag])).toEqual(withoutFlag(words, [flag]))
        expect(withFlag(next, [flag], wanted)).toEqual(next)
      }),
    )
  })
})
