import { describe, expect, it } from 'vitest'
import type { ToolError } from '#contract'
import { invalidQueries, validQueries } from '../../mocks/prometheus/testing/queries.ts'
import { parsePromql } from './promql.ts'
import { checkTypes } from './promql-types.ts'
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
    expect(error.options.details).toMatchObject({ position: { line, column } })
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

describe('what was expected at the mark', () => {
  it.each([
    ['foo{', 'a label name'],
    ['foo{a', 'one of = != =~ !~'],
    ['foo{a=x}', 'a value in quotes'],
    ['foo{a="b" c="d"}', '"," or "}"'],
    ['foo[', 'a duration such as 5m'],
    ['foo[5x]', '"]"'],
    ['sum by a (foo)', 'label names in brackets'],
    ['foo offset x', 'a duration'],
    ['foo @ bar', 'a Unix time'],
    ['foo and', 'an expression'],
    ['sum(', 'an expression'],
    ['sum("a)b", # )\n', 'an expression'],
    ['sum(foo', 'an operator, "," or ")"'],
    ['foo bar', 'an operator or the end'],
  ])('%s: %s', (text, expected) => {
    const error = errorOf(text)
    expect(error.message).toContain(`, expected ${expected}`)
    expect(error.options.details!.expected).toContain(expected)
  })
})

describe('checkTypes', () => {
  const refused = (text: string, ranged = false) => {
    try {
      checkTypes(parsePromql(text), ranged)
    } catch (error) {
      return error as ToolError
    }
    return undefined
  }

  it.each([
    ['rate(up)', 6, 'rate takes a range vector here, and this is an instant vector', 'rate(up[5m])'],
    ['rate(up{job="a"})', 6, 'range vector', 'rate(up{job="a"}[5m])'],
    ['rate(sum(up))', 6, 'range vector', 'sum(rate(metric[5m]))'],
    ['abs(up[5m])', 5, 'abs takes an instant vector here', '_over_time'],
    ['histogram_quantile(up, 0.9)', 20, 'scalar', 'Correct'],
    ['topk(up)', 1, 'topk takes scalar, instant vector, and 1 is given', 'Correct'],
    ['up[5m] + 1', 1, 'an operation takes no range vector', 'rate(...)'],
    ['{job=~".*"}', 1, 'matches every series', 'find_metrics'],
    ['{}', 1, 'matches every series', 'find_metrics'],
  ])('refuses %s at column %i', (text, column, words, next) => {
    const error = refused(text)!
    expect(error.code).toBe('invalid-promql')
    expect(error.options.details).toMatchObject({ position: { line: 1, column } })
    expect(error.message).toContain(words)
    expect(error.options.next).toContain(next)
  })

  it('a range vector is an answer for one moment and not for a range', () => {
    expect(refused('up[5m]')).toBeUndefined()
    expect(refused('up[5m]', true)?.message).toContain('cannot be drawn over a range')
  })

  it('lets pass what Prometheus 2 and 3 know, and what it does not know itself', () => {
    for (const text of [
      'holt_winters(up[5m], 0.1, 0.2)',
      'double_exponential_smoothing(up[5m], 0.1, 0.2)',
      'rate(up[step()*5])',
      'up offset -(1m)',
      'info(up)',
      'sort_by_label(up, "job")',
      '{"metric.with.dots", "label.too"="x"}',
      'quantile_over_time(0., up[5m])',
      'limitk(2, up)',
    ])
      expect(refused(text), text).toBeUndefined()
  })

  it('never refuses a query that Prometheus takes (corpus of the differential tests)', () => {
    expect(validQueries.length).toBeGreaterThan(300)
    expect(validQueries.filter((text) => refused(text))).toEqual([])
  })

  it('refuses most of what Prometheus refuses; the rest goes on to the server', () => {
    const passed = invalidQueries.filter((text) => {
      try {
        return refused(text) === undefined
      } catch {
        return false
      }
    })
    expect(invalidQueries.length - passed.length).toBeGreaterThan(160)
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
