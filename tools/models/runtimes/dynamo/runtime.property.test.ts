import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DeploymentConfig } from '../../config.ts'
import { anyConfig } from '../../testing-config.ts'
import { componentObject } from './names.ts'
import { dynamo } from './runtime.ts'
import { fittingConfig } from './testing.ts'

/** What was asked for is what we read back, and no name is longer than Kubernetes takes. */
function readsBack(config: DeploymentConfig, version: string) {
  const [graph, ...others] = dynamo.manifests(config, version)
  const found = dynamo.read('gpu-east', graph!)!
  const { name, namespace, engine, mode, modelId, servedModelName, gpus, replicas } = config
  expect(found).toMatchObject({ name, namespace, engine, mode, model: modelId, servedModelName, runtime: 'dynamo' })
  expect(found.keptBy).toBe('quartermaster')
  expect(found.endpoint?.service).toBe(`${name}-frontend`)
  const workers = found.components.filter(({ gpusPerReplica }) => gpusPerReplica > 0)
  const prefill = { role: 'prefill', replicas: config.prefillReplicas ?? replicas }
  expect(workers.map(({ role, replicas: count }) => ({ role, replicas: count }))).toEqual(
    mode === 'disaggregated' ? [prefill, { role: 'decode', replicas }] : [{ role: 'worker', replicas }],
  )
  for (const worker of workers) {
    expect(worker.gpusPerReplica).toBe(gpus)
    expect(worker.nodesPerReplica ?? 1).toBe(config.nodesPerReplica ?? 1)
  }
  for (const part of found.components) expect(componentObject(name, part.name).length).toBeLessThanOrEqual(63)
  expect(found.components.some(({ role }) => role === 'planner')).toBe(config.planner === true)
  const scalers = config.autoscaling && !config.planner ? workers.map((one) => componentObject(name, one.name)) : []
  expect(others.map((one) => one.metadata.name)).toEqual(scalers)
}

describe('the graph of any configuration (QLT-050)', () => {
  it('that is not refused reads back as what was asked for', () => {
    fc.assert(
      fc.property(anyConfig, (config) => {
        fc.pre(dynamo.refusal(config) === undefined)
        readsBack(config, 'v1beta1')
      }),
      { numRuns: 100 },
    )
  })

  it('that Dynamo takes, names and all options at their limits', () => {
    fc.assert(
      fc.property(fittingConfig, (config) => {
        expect(dynamo.refusal(config)).toBeUndefined()
        readsBack(config, 'v1beta1')
      }),
      { numRuns: 400 },
    )
  })

  it('in v1alpha1 too, or the planner is refused by name', () => {
    fc.assert(
      fc.property(fittingConfig, (config) => {
        if (!config.planner) return readsBack(config, 'v1alpha1')
        expect(() => dynamo.manifests(config, 'v1alpha1')).toThrowError(/Planner.*v1alpha1 only/)
      }),
      { numRuns: 300 },
    )
  })
})
