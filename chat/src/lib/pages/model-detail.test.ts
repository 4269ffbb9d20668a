import { describe, expect, it } from 'vitest'
import { detailOf } from './model-detail.ts'

describe('what a model needs, out of its record (MOD-012)', () => {
  it('reads the GPUs by kind and the method, and leaves the clusters to the fit', () => {
    const yaml = [
      '# GPUs for one replica with 40960 tokens',
      'needs:',
      '  L4 24 GB: "2 (tensor 2): 7.6 GiB weights; 3 sequences"',
      '  H100 80 GB: "1: 15.3 GiB \\"weights\\""',
      'clusters:',
      '  gpu-east: "fits on 1 × H100"',
      'method: "weights + cache: see docs"',
    ].join('\n')
    expect(detailOf(yaml)).toEqual({
      needs: [
        { gpu: 'L4 24 GB', words: '2 (tensor 2): 7.6 GiB weights; 3 sequences' },
        { gpu: 'H100 80 GB', words: '1: 15.3 GiB "weights"' },
      ],
      method: 'weights + cache: see docs',
    })
  })
  it('takes a record that says neither', () => {
    expect(detailOf('')).toEqual({ needs: [], method: '' })
  })
})
