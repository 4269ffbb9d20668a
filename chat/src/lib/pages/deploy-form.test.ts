import { describe, expect, it } from 'vitest'
import { en } from '../words/en/index.ts'
import { engineOf, fieldOf, formFrom, inputOf, nameFor, problemsOf } from './deploy-form.ts'
import { optionGroups, optionsOf } from './deploy-options.ts'
import type { ModelRow } from './model-list.ts'

const model: ModelRow = {
  id: 'meta-llama/Llama-3.2-1B-Instruct',
  name: 'Llama 3.2 1B',
  description: '',
  task: 'chat',
  paramsB: 1,
  contextLength: 131_072,
  engines: 'sglang, trtllm',
  gated: true,
}
const form = (query = '') => formFrom(new URLSearchParams(query))

describe('the deploy form (MOD-016 to MOD-027)', () => {
  it('begins with what the address says, and leaves to the tool what nobody chose', () => {
    expect(inputOf(form('model=a/b&cluster=gpu-east&gpus=2'), undefined)).toEqual({
      model: 'a/b',
      cluster: 'gpu-east',
      gpus: 2,
      replicas: 1,
      namespace: 'dynamo-system',
      engine: 'vllm',
      mode: 'aggregated',
    })
  })
  it('takes only an engine that the model supports (MOD-017)', () => {
    expect(engineOf(form('engine=vllm'), model)).toBe('sglang')
    expect(engineOf(form('engine=trtllm'), model)).toBe('trtllm')
  })
  it('makes a name that is valid for every model (MOD-020)', () => {
    for (const id of ['Qwen/Qwen3-0.6B', 'x/--A..b--', `y/${'Long-'.repeat(30)}`]) {
      expect(problemsOf({ ...form(`model=${id}`), name: nameFor(id) }, undefined, en)).toEqual({})
      expect(nameFor(id).length).toBeLessThanOrEqual(40)
    }
  })
  it('says what is wrong by field (MOD-020, MOD-023, MOD-027)', () => {
    expect(Object.keys(problemsOf({ ...form(), namespace: '' }, undefined, en)).sort()).toEqual(['model', 'namespace'])
    const wrong = { ...form('model=a/b'), name: 'My Model', replicas: '11', gpus: '1.5', contextLength: '200000' }
    expect(problemsOf(wrong, model, en)).toEqual({
      name: expect.stringContaining('a-z, 0-9'),
      replicas: 'A whole number from 1 to 10',
      gpus: 'A whole number from 1 to 128',
      contextLength: 'Llama 3.2 1B has 128k (131072) at most',
    })
  })
  it('gives the Hugging Face secret only where the model is gated (MOD-022)', () => {
    const kept = { ...form('model=a/b'), options: { hfTokenSecret: 'mine' } }
    expect(inputOf(kept, model).options).toEqual({ hfTokenSecret: 'mine' })
    expect(inputOf(kept, { ...model, gated: false }).options).toBeUndefined()
  })
  it('finds the field that the server complains about', () => {
    expect(fieldOf('options.storage.claim')).toBe('storage.claim')
    expect(fieldOf('gpus')).toBe('gpus')
  })
})

describe('advanced options (MOD-026)', () => {
  it('leaves out what was left alone, and flags that are as they are by default', () => {
    expect(optionsOf({ enforceEager: true, trustRemoteCode: false, image: ' ' })).toEqual({})
    expect(optionsOf({ enforceEager: false, trustRemoteCode: true })).toEqual({
      enforceEager: false,
      trustRemoteCode: true,
    })
  })
  it('reads flags by line, and YAML or JSON as one text', () => {
    expect(optionsOf({ engineArgs: '--max-num-seqs 64\n\n--swap-space=4' }).engineArgs).toEqual([
      '--max-num-seqs 64',
      '--swap-space=4',
    ])
    expect(optionsOf({ engineArgs: 'max-num-seqs: 64\nseed: 1' }).engineArgs).toEqual(['max-num-seqs: 64\nseed: 1'])
  })
  it('reads labels, taints and members of objects', () => {
    expect(
      optionsOf({
        nodeSelector: 'pool=h100\nssd=',
        tolerations: 'nvidia.com/gpu:NoSchedule\nteam=ml:NoExecute',
        'storage.claim': 'weights',
        'storage.mountPath': '/models',
        'autoscaling.minReplicas': '1',
        'autoscaling.maxReplicas': '4',
      }),
    ).toEqual({
      nodeSelector: { pool: 'h100', ssd: '' },
      tolerations: [
        { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
        { key: 'team', operator: 'Equal', value: 'ml', effect: 'NoExecute' },
      ],
      storage: { claim: 'weights', mountPath: '/models' },
      autoscaling: { minReplicas: 1, maxReplicas: 4 },
    })
  })
  it('has every field once', () => {
    const keys = optionGroups.flatMap(({ fields }) => fields.map(({ key }) => key))
    expect(new Set(keys).size).toBe(keys.length)
  })
})
