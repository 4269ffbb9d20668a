import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { engines, models } from '../catalogue.ts'
import type { DeploymentConfig } from '../config.ts'
import { dynamo } from '../runtimes/dynamo/runtime.ts'
import { deployInput } from './input.ts'
import { nameFor } from './name.ts'
import { configFor, gpusOf } from './settle.ts'

const deploymentManifest = (config: DeploymentConfig, version: string) => dynamo.manifests(config, version)[0]!

const modes = ['aggregated', 'disaggregated'] as const
const main = z.strictObject({
  name: z.literal('main'),
  image: z.string().regex(/:\d+\.\d+\.\d+$/),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  env: z.array(z.strictObject({ name: z.string(), value: z.string() })).optional(),
  envFrom: z.array(z.strictObject({ secretRef: z.strictObject({ name: z.string() }) })).optional(),
  resources: z.strictObject({ limits: z.strictObject({ 'nvidia.com/gpu': z.string() }) }).optional(),
})
const component = z.strictObject({
  name: z.string(),
  type: z.enum(['frontend', 'worker', 'prefill', 'decode']),
  replicas: z.number().int().min(1),
  podTemplate: z.strictObject({
    metadata: z.strictObject({ labels: z.record(z.string(), z.string().max(63)) }),
    spec: z.strictObject({
      tolerations: z.array(z.unknown()).optional(),
      nodeSelector: z.record(z.string(), z.string()).optional(),
      containers: z.array(main).length(1),
    }),
  }),
})
const metadata = z.strictObject({
  name: z
    .string()
    .max(45)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/),
  namespace: z.string(),
  labels: z.record(z.string(), z.string()),
  annotations: z.strictObject({ 'nvidia.com/enable-grove': z.literal('false') }).optional(),
})
/** The members of nvidia.com/v1beta1 that we write (Dynamo 1.6). */
const v1beta1 = z.strictObject({
  apiVersion: z.literal('nvidia.com/v1beta1'),
  kind: z.literal('DynamoGraphDeployment'),
  metadata,
  spec: z.strictObject({ backendFramework: z.enum(engines), components: z.array(component).max(25) }),
})
const v1alpha1 = z.strictObject({
  apiVersion: z.literal('nvidia.com/v1alpha1'),
  kind: z.literal('DynamoGraphDeployment'),
  metadata,
  spec: z.strictObject({
    backendFramework: z.enum(engines),
    services: z.record(
      z.string(),
      z.strictObject({
        componentType: z.enum(['frontend', 'worker']),
        subComponentType: z.enum(['prefill', 'decode']).optional(),
        replicas: z.number().int(),
        envs: z.array(z.strictObject({ name: z.string(), value: z.string() })).optional(),
        envFromSecret: z.string().optional(),
        resources: z.strictObject({ limits: z.strictObject({ gpu: z.string() }) }).optional(),
        extraPodMetadata: z.strictObject({ labels: z.record(z.string(), z.string()) }),
        extraPodSpec: z.looseObject({ mainContainer: main.omit({ name: true }) }),
      }),
    ),
  }),
})

const model = (id: string) => models().find((one) => one.id === id)!
/** Members that are no main argument are options. */
function config(given: object, id = 'Qwen/Qwen3-8B') {
  const isMain = ([key]: [string, unknown]) => Object.hasOwn(deployInput.shape, key)
  const all = Object.entries(given)
  const options = Object.fromEntries(all.filter((one) => !isMain(one)))
  const input = deployInput.parse({
    model: id,
    cluster: 'gpu-east',
    ...Object.fromEntries(all.filter(isMain)),
    options,
  })
  return configFor(input, { model: model(id), runtime: dynamo, gpus: input.gpus ?? 1 })
}
const newest = (input: object, id?: string) => v1beta1.parse(deploymentManifest(config(input, id), 'v1beta1'))
const workers = (input: object, id?: string) =>
  newest(input, id).spec.components.filter(({ type }) => type !== 'frontend')
const argsOf = (input: object, id?: string) => workers(input, id)[0]!.podTemplate.spec.containers[0]!.args!
const wordAfter = (args: readonly string[], flag: string) => args[args.indexOf(flag) + 1]

describe.each(engines.flatMap((engine) => modes.map((mode) => [engine, mode] as const)))(
  '%s, %s (MOD-036)',
  (engine, mode) => {
    const input = { engine, mode, gpus: 2, replicas: 3, contextLength: 8192 }

    it('has one frontend, and workers named after the engine (MOD-030, MOD-031, MOD-033)', () => {
      const { components, backendFramework } = newest(input).spec
      expect(backendFramework).toBe(engine)
      expect(components[0]).toMatchObject({ name: 'Frontend', type: 'frontend', replicas: 1 })
      const name = { vllm: 'VllmWorker', sglang: 'SglangWorker', trtllm: 'TrtllmWorker' }[engine]
      expect(workers(input).map((one) => [one.name, one.type])).toEqual(
        mode === 'aggregated'
          ? [[name, 'worker']]
          : [
              [`${name}Prefill`, 'prefill'],
              [`${name}Decode`, 'decode'],
            ],
      )
    })

    it('gives each worker the model, its GPUs and its context on the command line (MOD-032)', () => {
      for (const { podTemplate, type } of workers(input)) {
        const { command, args = [], resources } = podTemplate.spec.containers[0]!
        expect(command).toEqual(['python3', '-m', `dynamo.${engine}`])
        expect(wordAfter(args, engine === 'vllm' ? '--model' : '--model-path')).toBe('Qwen/Qwen3-8B')
        expect(wordAfter(args, '--served-model-name')).toBe('Qwen/Qwen3-8B')
        expect(
          engine === 'trtllm'
            ? JSON.parse(wordAfter(args, '--override-engine-args')!).tensor_parallel_size
            : Number(wordAfter(args, engine === 'sglang' ? '--tp' : '--tensor-parallel-size')),
        ).toBe(2)
        expect(
          wordAfter(args, { vllm: '--max-model-len', sglang: '--context-length', trtllm: '--max-seq-len' }[engine]),
        ).toBe('8192')
        expect(resources!.limits['nvidia.com/gpu']).toBe('2')
        expect(args.includes('--disaggregation-mode')).toBe(mode === 'disaggregated')
        if (mode === 'disaggregated') expect(wordAfter(args, '--disaggregation-mode')).toBe(type)
      }
    })

    it('says the same in the older version', () => {
      const { services } = v1alpha1.parse(deploymentManifest(config(input), 'v1alpha1')).spec
      for (const one of workers(input)) {
        const service = services[one.name]!
        expect(service.replicas).toBe(3)
        expect(service.resources!.limits.gpu).toBe('2')
        expect(service.extraPodSpec.mainContainer.args).toEqual(one.podTemplate.spec.containers[0]!.args)
        expect(service.subComponentType).toBe(one.type === 'worker' ? undefined : one.type)
      }
    })
  },
)

describe('the manifest of a deployment', () => {
  const anyInput = fc.record(
    {
      engine: fc.constantFrom(...engines),
      mode: fc.constantFrom(...modes),
      routerMode: fc.constantFrom('none', 'kv', 'round-robin'),
      gpus: fc.integer({ min: 1, max: 8 }),
      replicas: fc.integer({ min: 1, max: 10 }),
      contextLength: fc.integer({ min: 256, max: 2048 }),
      enforceEager: fc.boolean(),
      enablePrefixCaching: fc.boolean(),
      trustRemoteCode: fc.boolean(),
      gpuModel: fc.constantFrom('NVIDIA H100 80GB HBM3', 'NVIDIA L4'),
    },
    { requiredKeys: [] },
  )
  const anyModel = fc.constantFrom(...models().filter((one) => one.engines.length === 3))

  it('always validates and carries replicas, GPUs and engine, in both versions (QLT-050)', () => {
    fc.assert(
      fc.property(anyInput, anyModel, (input, { id }) => {
        const wanted = config(input, id)
        const { spec, metadata } = newest(input, id)
        expect(spec.backendFramework).toBe(wanted.engine)
        const own = spec.components.filter(({ type }) => type !== 'frontend')
        const gpus = own.reduce(
          (sum, one) =>
            sum + one.replicas * Number(one.podTemplate.spec.containers[0]!.resources!.limits['nvidia.com/gpu']),
          0,
        )
        expect(gpus).toBe(gpusOf(wanted))
        expect(own.every((one) => one.replicas === wanted.replicas)).toBe(true)
        expect(metadata.labels).toMatchObject({
          'app.kubernetes.io/instance': wanted.name,
          'app.kubernetes.io/managed-by': 'quartermaster',
        })
        v1alpha1.parse(deploymentManifest(wanted, 'v1alpha1'))
      }),
    )
  })

  it('gives the token of a gated model to frontend and workers, and to no others (MOD-022)', () => {
    const secret = [{ secretRef: { name: 'hf-token-secret' } }]
    const gated = newest({}, 'meta-llama/Llama-3.3-70B-Instruct').spec.components
    expect(gated.map((one) => one.podTemplate.spec.containers[0]!.envFrom)).toEqual([secret, secret])
    expect(JSON.stringify(newest({}))).not.toContain('secretRef')
    const older = v1alpha1.parse(deploymentManifest(config({}, 'meta-llama/Llama-3.3-70B-Instruct'), 'v1alpha1'))
    expect(Object.values(older.spec.services).map((one) => one.envFromSecret)).toEqual([
      'hf-token-secret',
      'hf-token-secret',
    ])
  })

  it('tells a router that goes by the cache what is cached, and only workers that have something to tell (MOD-019)', () => {
    expect(argsOf({ routerMode: 'kv' })).toContain('--kv-events-config')
    expect(argsOf({ routerMode: 'kv', engine: 'trtllm' })).toContain('--publish-events-and-metrics')
    expect(argsOf({})).not.toContain('--kv-events-config')
    const [prefill, decode] = workers({ routerMode: 'kv', mode: 'disaggregated' })
    expect(prefill!.podTemplate.spec.containers[0]!.args).toContain('--kv-events-config')
    expect(decode!.podTemplate.spec.containers[0]!.args).not.toContain('--kv-events-config')
    expect(newest({ routerMode: 'kv' }).spec.components[0]!.podTemplate.spec.containers[0]!.env).toEqual([
      { name: 'DYN_ROUTER_MODE', value: 'kv' },
    ])
  })

  it('passes options in the words of each engine (MOD-024)', () => {
    expect(argsOf({})).toContain('--enforce-eager')
    expect(argsOf({ enforceEager: false })).not.toContain('--enforce-eager')
    expect(argsOf({ enablePrefixCaching: true, trustRemoteCode: true })).toEqual(
      expect.arrayContaining(['--enable-prefix-caching', '--trust-remote-code']),
    )
    expect(argsOf({ engine: 'sglang' })).toEqual(expect.arrayContaining(['--enable-metrics', '--disable-cuda-graph']))
    const overrides = JSON.parse(
      wordAfter(argsOf({ engine: 'trtllm', trustRemoteCode: true }), '--override-engine-args')!,
    )
    expect(overrides).toEqual({ cuda_graph_config: null, trust_remote_code: true })
    expect(argsOf({ engine: 'trtllm', enforceEager: false })).not.toContain('--override-engine-args')
  })

  it('puts further engine flags last, one word each (MOD-032)', () => {
    const args = argsOf({ engineArgs: ['--max-num-seqs 64', '--quantization=fp8', '--json', '{"a": 1}'] })
    expect(args.slice(-5)).toEqual(['--max-num-seqs', '64', '--quantization=fp8', '--json', '{"a": 1}'])
  })

  it('goes to the GPU model that was chosen', () => {
    const { spec } = workers({ gpuModel: 'NVIDIA H100 80GB HBM3' })[0]!.podTemplate
    expect(spec.nodeSelector).toEqual({ 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3' })
    expect(workers({})[0]!.podTemplate.spec).not.toHaveProperty('nodeSelector')
  })
})

describe('what a deployment does not take', () => {
  it.each([
    [{ engine: 'trtllm' }, 'microsoft/Phi-3-mini-4k-instruct', 'engine', 'vllm, sglang'],
    [{ contextLength: 5000 }, 'microsoft/Phi-3-mini-4k-instruct', 'contextLength', '4096'],
    [{ engineArgs: ['--tensor-parallel-size', '2'] }, 'Qwen/Qwen3-8B', 'options.engineArgs', 'gpus'],
    [{ engineArgs: ['--max-model-len=99'] }, 'Qwen/Qwen3-8B', 'options.engineArgs', 'contextLength'],
    [{ engineArgs: ['--tp 4'] }, 'Qwen/Qwen3-8B', 'options.engineArgs', 'gpus'],
  ])('%j of %s', (input, id, field, next) => {
    expect(() => config(input, id)).toThrowError(
      expect.objectContaining({
        code: 'invalid-input',
        options: expect.objectContaining({ field, next: expect.stringContaining(next) }),
      }),
    )
  })

  it.each([
    { replicas: 0 },
    { replicas: 11 },
    { gpus: 0 },
    { name: 'Upper' },
    { name: '-a' },
    { namespace: 'a_b' },
    { other: 1 },
  ])('%j (MOD-020, MOD-023, MOD-025)', (input) => {
    expect(deployInput.safeParse({ model: 'x', cluster: 'y', ...input }).success).toBe(false)
  })
})

describe('the name from a model', () => {
  it.each([
    ['Qwen/Qwen3-8B', 'qwen3-8b'],
    ['meta-llama/Llama-3.3-70B-Instruct', 'llama-3-3-70b-instruct'],
    ['x/__a__', 'a'],
  ])('%s → %s (MOD-020)', (id, name) => {
    expect(nameFor(id)).toBe(name)
  })

  it('is a Kubernetes name for every model', () => {
    for (const { id } of models()) expect(nameFor(id)).toMatch(/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/)
  })
})
