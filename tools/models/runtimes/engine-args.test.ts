import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { engines } from '../catalogue.ts'
import type { DeploymentConfig } from '../config.ts'
import { anyConfig, plainConfig } from '../testing-config.ts'
import { workerArgs } from './dynamo/command-line.ts'
import { checkEngineArgs, flagName } from './engine-args.ts'

const check = (engineArgs: string[], more: Partial<DeploymentConfig> = {}) =>
  checkEngineArgs(plainConfig({ engineArgs, ...more }))

describe('arguments of the engine (MOD-026, MOD-032)', () => {
  it.each<[string[], Partial<DeploymentConfig>]>([
    [['--max-num-batched-tokens', '8192'], {}],
    [['--quantization=fp8', '--max-num-seqs', '64'], {}],
    [['--json', '{"a": 1}'], {}],
    [['--seed', '-1'], {}],
    [['--kv-transfer-config', '{"kv_connector":"LMCacheConnectorV1"}'], {}],
    [['--page-size', '16', '--enable-dp-attention'], { engine: 'sglang' }],
    [['--max-num-tokens', '8192'], { engine: 'trtllm' }],
    [['--no-enable-prefix-caching'], {}],
    [[], {}],
  ])('%j is taken with %j', (args, more) => {
    expect(check(args, more)).toBeUndefined()
  })

  it.each<[string[], Partial<DeploymentConfig>, string]>([
    [['--tensor-parallel-size', '2'], {}, 'gpus'],
    [['--tensor_parallel_size=2'], {}, 'gpus'],
    [['-tp', '2'], {}, 'gpus'],
    [['--data-parallel-size', '2'], {}, 'replicas'],
    [['--max-num-seqs', '64'], { maxSequences: 32 }, 'maxSequences'],
    [['--quantization', 'fp8'], { quantization: 'awq' }, 'quantization'],
    [['--no-enable-prefix-caching'], { enablePrefixCaching: true }, 'enablePrefixCaching'],
    [['--trust-remote-code'], {}, 'trustRemoteCode'],
    [['--nnodes', '2'], {}, 'nodesPerReplica'],
    [['--kv-transfer-config', '{}'], { mode: 'disaggregated' }, 'mode'],
    [['--kv-events-config', '{}'], { routerMode: 'kv' }, 'routerMode'],
    [['--ep-size', '8'], { engine: 'sglang' }, 'expertParallel'],
    [['--dist-init-addr', 'x:1'], { engine: 'sglang' }, 'nodesPerReplica'],
    [['--override-engine-args', '{}'], { engine: 'trtllm' }, 'option of its own'],
    [['--is-prefill-worker'], {}, 'mode: disaggregated'],
    [['--mem-fraction-static', '0.8'], {}, 'gpuMemoryUtilization'],
    [['--max-model-len', '4096'], { engine: 'sglang' }, 'contextLength'],
    [['--hf-token', 'x'], {}, 'hfTokenSecret'],
    [['--chat-template', '$(HF_TOKEN)'], {}, 'without $(…)'],
    [['8192'], {}, 'Begin with a flag'],
    [['--seed 1'], {}, 'each word by itself'],
    [['--seed', ' '], {}, 'Leave it out'],
  ])('%j with %j is refused: use %s', (args, more, next) => {
    expect(check(args, more)).toEqual({
      field: 'engineArgs',
      message: expect.stringMatching(/.+/),
      next: expect.stringContaining(next),
    })
  })

  it.each(engines)('knows every flag that the manifest of %s sets from an option', (engine) => {
    fc.assert(
      fc.property(anyConfig, fc.constantFrom(undefined, 'prefill' as const, 'decode' as const), (any, role) => {
        const config: DeploymentConfig = {
          ...any,
          engine,
          engineArgs: [],
          mode: role ? 'disaggregated' : 'aggregated',
        }
        for (const word of workerArgs(config, role).filter((one) => one.startsWith('--'))) {
          const refused = checkEngineArgs({ ...config, engineArgs: [word] })
          expect([flagName(word), refused?.field]).toEqual([flagName(word), 'engineArgs'])
        }
      }),
    )
  })
})
