import { describe, expect, it } from 'vitest'
import type { ToolError } from '#contract'
import { parsePromql } from './promql.ts'
import { unitOfQuery } from './units.ts'

const errorOf = (text: string) => {
  try {
    parsePromql(text)
  } catch (error) {
    return error as ToolError
  }
  throw new Error(`${text} was taken`)
}

describe('parsePromql', () => {
  it.each([
    ['rate(x[5m]', 1, 11, 'A bracket ( is not closed.'],
    ['foo{bar=x}', 1, 9, 'Put the label value in quotes.'],
    ['foo{bar="x"', 1, 12, 'A brace { is not closed.'],
    ['rte(x[5m])', 1, 4, 'rte is no PromQL function'],
    ['sum(x)\n  by (job) +', 2, 13, 'Correct the query'],
    ['', 1, 1, 'Write a query'],
  ])('refuses %s at line %i, column %i (MET-014)', (text, line, column, next) => {
    const error = errorOf(text)
    expect(error.code).toBe('invalid-promql')
    expect(error.options.details).toEqual({ position: { line, column } })
    expect(error.options.next).toContain(next)
    const [, source, caret] = error.message.split('\n')
    expect(caret).toBe(`${' '.repeat(column - 1)}^`)
    expect(source).toBe(text.split('\n')[line - 1])
  })

  it('keeps the mark under a place far right', () => {
    const text = `sum(${'a + '.repeat(60)}) x`
    const [, source, caret] = errorOf(text).message.split('\n')
    expect(caret!.length).toBeLessThanOrEqual(101)
    expect(source!.length).toBeLessThanOrEqual(100)
  })

  it('finds every selector with its name and matchers', () => {
    const { selectors } = parsePromql('sum(rate(a_total{x="1",y=~"b.*"}[5m])) / {__name__="b", "z.z"!="q"} + c')
    expect(
      selectors.map(({ name, matchers }) => [name, matchers.map((one) => one.label + one.operator + one.value)]),
    ).toEqual([
      ['a_total', ['x=1', 'y=~b.*']],
      ['b', ['z.z!=q']],
      ['c', []],
    ])
  })
})

describe('unitOfQuery', () => {
  it.each([
    ['histogram_quantile(0.95, sum by (le,model) (rate(vllm:time_to_first_token_seconds_bucket[5m])))', 'seconds'],
    ['rate(x_seconds_sum[5m]) / rate(x_seconds_count[5m])', 'seconds'],
    ['sum(rate(http_requests_total[5m]))', '/s'],
    ['rate(node_network_receive_bytes_total[1m])', 'bytes/s'],
    ['rate(process_cpu_seconds_total[5m])', 'ratio'],
    ['avg by (Hostname) (DCGM_FI_DEV_GPU_UTIL)', 'percent'],
    ['max(DCGM_FI_DEV_GPU_TEMP_CELSIUS)', 'celsius'],
    ['vllm:kv_cache_usage_perc', 'ratio'],
    ['100 * vllm:kv_cache_usage_perc', 'percent'],
    ['100 * (1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)', 'percent'],
    ['a_bytes / b_bytes', 'ratio'],
    ['a_bytes / 1024', undefined],
    ['a_bytes + b_seconds', undefined],
    ['topk(3, avg_over_time(a_seconds[5m]))', 'seconds'],
    ['count(up)', 'count'],
    ['up == 0', undefined],
    ['42', undefined],
  ])('%s → %s', (text, unit) => {
    expect(unitOfQuery(parsePromql(text))).toBe(unit)
  })
})
