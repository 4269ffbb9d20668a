import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyAccepted } from '../testing.ts'
import { plain } from './runtime.ts'

describe('a plain deployment', () => {
  it('reads back as what was asked: name, model, engine, GPUs, replicas, endpoint (QLT-050)', () => {
    fc.assert(
      fc.property(anyAccepted(plain), (config) => {
        const [root, service, autoscaler] = plain.manifests(config, 'v1')
        const read = plain.read('edge', root!)
        expect(read).toMatchObject({
          name: config.name,
          namespace: config.namespace,
          engine: config.engine,
          servedModelName: config.servedModelName,
          endpoint: { service: service!.metadata.name, port: 8000 },
          keptBy: 'quartermaster',
        })
        if (config.storage?.path === undefined) expect(read?.model).toBe(config.modelId)
        expect(read?.components[0]?.gpusPerReplica).toBe(config.gpus)
        expect(read?.components[0]?.replicas).toBe(config.autoscaling ? 1 : config.replicas)
        expect(autoscaler !== undefined).toBe(config.autoscaling !== undefined)
        expect(service!.metadata.name).toMatch(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/)
      }),
      { numRuns: 300 },
    )
  })

  it('ends its command line with the words a person added', () => {
    fc.assert(
      fc.property(anyAccepted(plain), (config) => {
        const [root] = plain.manifests(config, 'v1')
        const { containers } = (root!.spec as { template: { spec: { containers: { args: string[] }[] } } }).template
          .spec
        const { args } = containers[0]!
        expect(args.slice(args.length - config.engineArgs.length)).toEqual(config.engineArgs)
      }),
    )
  })
})
