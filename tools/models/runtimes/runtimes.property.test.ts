import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kserve } from './kserve/runtime.ts'
import { kserveLlm } from './kserve-llm/runtime.ts'
import { plain } from './plain/runtime.ts'
import { rayServiceRuntime } from './ray-service/runtime.ts'
import { anyAccepted, anyConfig } from './testing.ts'
import type { Runtime } from './types.ts'

const names = { first: 'abcxyz', nameLength: 43 }
const each: [string, Runtime][] = [plain, kserve, kserveLlm, rayServiceRuntime].map((one) => [one.id, one])

describe.each(each)('runtime %s', (_id, runtime) => {
  it('reads back what it writes: model, engine, mode, GPUs, replicas (QLT-050)', () => {
    fc.assert(
      fc.property(anyAccepted(runtime, names), fc.constantFrom(...runtime.root.versions), (config, version) => {
        const [root] = runtime.manifests(config, version)
        const read = runtime.read('edge', root!)!
        expect(root).toMatchObject({ kind: runtime.root.kind, metadata: { name: config.name } })
        expect(root!.apiVersion).toBe(`${runtime.root.group}/${version}`)
        expect(read).toMatchObject({
          runtime: runtime.id,
          name: config.name,
          namespace: config.namespace,
          engine: config.engine,
          mode: config.mode,
          servedModelName: config.servedModelName,
          keptBy: 'quartermaster',
          phase: 'pending',
        })
        if (config.storage?.path === undefined) expect(read.model).toBe(config.modelId)
        const workers = read.components.filter(({ role }) => role === 'worker' || role === 'decode')
        expect(workers).toHaveLength(1)
        expect(workers[0]?.gpusPerReplica).toBe(config.gpus)
        const wanted = config.autoscaling?.minReplicas ?? config.replicas
        expect(workers[0]?.replicas).toBe(runtime === plain && config.autoscaling ? 1 : wanted)
        const prefill = read.components.find(({ role }) => role === 'prefill')
        expect(prefill?.replicas).toBe(
          config.mode === 'disaggregated' ? (config.prefillReplicas ?? config.replicas) : undefined,
        )
      }),
      { numRuns: 200 },
    )
  })

  it('either refuses by a field, saying what can be done instead, or writes', () => {
    fc.assert(
      fc.property(anyConfig(runtime), (config) => {
        const refused = runtime.refusal(config)
        if (!refused) {
          expect(runtime.manifests(config, runtime.root.versions[0]!).length).toBeGreaterThan(0)
          return
        }
        expect(refused.field in config || refused.field === 'name').toBe(true)
        expect(refused.message.length).toBeGreaterThan(10)
        expect(refused.next.length).toBeGreaterThan(10)
      }),
      { numRuns: 200 },
    )
  })

  it('survives any object', () => {
    const anything = fc.anything({ maxDepth: 4 })
    fc.assert(
      fc.property(anything, anything, (spec, status) => {
        const object = { metadata: { name: 'x' }, spec: spec as never, status: status as never }
        const read = runtime.read('edge', object)
        if (read) expect(read.name).toBe('x')
      }),
      { numRuns: 300 },
    )
  })

  it('survives any status of what it wrote itself', () => {
    const word = fc.constantFrom('True', 'False', 'Ready', 'MainWorkloadReady', 'llm', 'RUNNING', '', 'x')
    const keys = fc.constantFrom('conditions', 'modelStatus', 'activeServiceStatus', 'applicationStatuses', 'workloads')
    const status = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, word, fc.integer(), tie('list'), tie('record')),
      list: fc.array(tie('value'), { maxLength: 3 }),
      record: fc.dictionary(fc.oneof(keys, word), tie('value'), { maxKeys: 4 }),
    })).record
    fc.assert(
      fc.property(anyAccepted(runtime, names), status, (config, given) => {
        const [root] = runtime.manifests(config, runtime.root.versions[0]!)
        const read = runtime.read('edge', { ...root!, status: given as never })
        expect(read?.components.every(({ readyReplicas }) => Number.isInteger(readyReplicas))).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it('sets replicas where it reads them', async () => {
    await fc.assert(
      fc.asyncProperty(anyAccepted(runtime, names), fc.integer({ min: 1, max: 5 }), async (config, more) => {
        const [root] = runtime.manifests(config, runtime.root.versions[0]!)
        const { group, resource, kind, versions } = runtime.root
        const component = runtime.read('edge', root!)!.components.find(({ role }) => role !== 'head')!
        const look = {
          kind: { group, version: versions[0]!, resource, kind, namespaced: true },
          object: root!,
          component,
        }
        const lever = await runtime.change!.lever({
          ...look,
          client: undefined as never,
          signal: new AbortController().signal,
        })
        const wanted = { min: component.replicas + more, max: component.replicas + more + (lever.bounds ? 1 : 0) }
        const patched = merge(root!, lever.body(wanted)) as typeof root
        const after = runtime.read('edge', patched!)!.components.find(({ name }) => name === component.name)
        expect(after?.replicas).toBe(wanted.min)
      }),
      { numRuns: 60 },
    )
  })
})

/** RFC 7386 */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const base = typeof target === 'object' && target !== null && !Array.isArray(target) ? target : {}
  const entries = Object.entries(patch).map(([key, value]) => [
    key,
    merge((base as Record<string, unknown>)[key], value),
  ])
  return { ...base, ...Object.fromEntries(entries) }
}
