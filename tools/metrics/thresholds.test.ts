import { describe, expect, it } from 'vitest'
import { parsePromql } from './promql.ts'
import { thresholdsOf } from './thresholds.ts'

describe('what a query compares with', () => {
  it.each<[string, [number, string][]]>([
    ['DCGM_FI_DEV_GPU_TEMP > 80', [[80, '> 80']]],
    ['(rate(errors_total[5m]) / rate(requests_total[5m])) >= 0.05', [[0.05, '≥ 0.05']]],
    ['up == 0', [[0, '= 0']]],
    [
      'a > 80 and a < 95',
      [
        [80, '> 80'],
        [95, '< 95'],
      ],
    ],
    [
      'a > 10 < 20',
      [
        [20, '< 20'],
        [10, '> 10'],
      ],
    ],
    ['a > -5', [[-5, '> -5']]],
    ['a > bool 1', []],
    ['a > b', []],
    ['sum(a > 3)', []],
    ['a * 100', []],
    ['5', []],
  ])('%s', (query, expected) => {
    expect(thresholdsOf(parsePromql(query)).map(({ value, label }) => [value, label])).toEqual(expected)
  })
})
