import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { catalogueOf, findModel } from '../catalogue.ts'
import { catalogueFile, parseCatalogue } from './file.ts'

const folder = mkdtempSync(join(tmpdir(), 'catalogue-'))
afterAll(() => rmSync(folder, { recursive: true }))
const one = { id: 'acme/Own-7B', size: '7B', contextLength: 8192, supportedEngines: ['vllm'] }
const said = (value: unknown) => {
  try {
    parseCatalogue(typeof value === 'string' ? value : JSON.stringify(value), 'own.json')
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('expected a mistake')
}

describe('a catalogue file (MOD-015)', () => {
  it('needs little of a model', () => {
    expect(parseCatalogue(JSON.stringify({ models: [one] }), 'own.json')[0]).toMatchObject({
      id: 'acme/Own-7B',
      name: 'Own-7B',
      paramsB: 7,
      task: 'chat',
      gated: false,
      weights: { format: 'bf16', bytes: 14e9 },
    })
  })

  it('takes a config.json in place of the shapes', () => {
    const config = {
      model_type: 'x',
      num_hidden_layers: 2,
      hidden_size: 256,
      num_attention_heads: 4,
      max_position_embeddings: 4096,
    }
    const { size: _, ...rest } = one
    expect(parseCatalogue(JSON.stringify([{ ...rest, config }]), 'own.json')[0]!.architecture!.groups).toEqual([
      { kind: 'full', layers: 2, kvHeads: 4, headDim: 64 },
    ])
  })

  it.each([
    ['the file', '{', /own\.json is not JSON/],
    ['the list', { model: [] }, /own\.json has no list/],
    ['a field', { models: [{ ...one, contextLength: 'long' }] }, /own\.json .*model acme\/Own-7B at contextLength/],
    ['an unknown field', { models: [{ ...one, context: 1 }] }, /model acme\/Own-7B .*context/],
    [
      'a deep field',
      {
        models: [
          {
            ...one,
            architecture: {
              layers: 1,
              hiddenSize: 1,
              attentionHeads: 1,
              groups: [{ kind: 'full', layers: 1, kvHeads: 0, headDim: 1 }],
            },
          },
        ],
      },
      /at architecture\.groups\.0\.kvHeads/,
    ],
    ['a model without id', { models: [one, { size: '7B' }] }, /model 2 of the list at id/],
    ['a size', { models: [{ id: 'a/b', contextLength: 1, supportedEngines: ['vllm'] }] }, /parametersB/],
    ['a config', { models: [{ ...one, config: { model_type: 'x' } }] }, /model acme\/Own-7B.*num_hidden_layers/],
    ['a double', { models: [one, one] }, /acme\/Own-7B twice/],
  ])('names file, model and field: %s', (_name, value, pattern) => {
    expect(said(value)).toMatch(pattern)
  })

  it('is read anew when it changes, and a mistake is told then', () => {
    const path = join(folder, 'own.json')
    const write = (text: string, seconds: number) => {
      writeFileSync(path, text)
      utimesSync(path, seconds, seconds)
    }
    write(JSON.stringify([one]), 1000)
    const read = catalogueOf({ catalogueFile: path })
    expect(read().map(({ id }) => id)).toEqual(['acme/Own-7B'])
    expect(read()).toBe(read())
    expect(findModel('own 7b', read)!.id).toBe('acme/Own-7B')
    expect(findModel('Qwen3-8B', read)).toBeUndefined()
    write(JSON.stringify([{ ...one, id: 'acme/Other' }]), 2000)
    expect(read().map(({ id }) => id)).toEqual(['acme/Other'])
    write('nonsense', 3000)
    expect(() => read()).toThrow(/is not JSON/)
  })

  it('says that it is not there', () => {
    expect(() => catalogueFile(join(folder, 'absent.json'))()).toThrow(/cannot be read: ENOENT/)
  })
})
