import { describe, expect, it } from 'vitest'
import { isToolError } from '#contract'
import { readLogQl } from './logql.ts'

const errorOf = (query: string) => {
  try {
    readLogQl(query)
  } catch (error) {
    if (isToolError(error)) return error
    throw error
  }
  throw new Error(`${query} was taken`)
}

describe('LogQL before it is sent', () => {
  it.each([
    '{a="b"}',
    '{a="b",}',
    ' {a="x\\"}", b=~"(?i)c.+", d!~`e\\d`, f!=""} |= "x" | json | line_format `{{.msg}} {{ "}" }}`',
    '{a="b"} |~ "\\\\(x" # it\'s a comment {',
    '{a=~"b|c"} | logfmt | status >= 500 and duration > 1s',
    '{a=~".+"}',
  ])('takes lines %s', (query) => expect(readLogQl(query).kind).toBe('lines'))

  it.each([
    'rate({a="b"}[5m])',
    'sum by (pod) (count_over_time({a="b"} |= "x" [1h]))',
    '2 * sum(rate({a="b"}[1m])) / sum(rate({a="c"}[1m]))',
    'topk(3, sum by (pod) (bytes_rate({a="b"}[5m])))',
    '(sum(rate({a="b"}[1m])))',
  ])('takes numbers %s', (query) => expect(readLogQl(query).kind).toBe('numbers'))

  it('gives the selectors with their matchers', () => {
    expect(readLogQl('{a="b", c!~"d\\\\."} |= "{not=\\"one\\"}"').selectors).toEqual([
      {
        text: '{a="b", c!~"d\\\\."}',
        matchers: [
          { label: 'a', operator: '=', value: 'b' },
          { label: 'c', operator: '!~', value: 'd\\.' },
        ],
      },
    ])
  })

  it.each([
    ['errors please', 1, 'a stream selector', '|= "errors please"'],
    ['{', 2, 'unexpected the end, a label name', 'label="value"'],
    ['{a}', 3, '= != =~ or !~ was expected after a', 'a="value"'],
    ['{a=b}', 4, 'a text in double quotes', 'a="value"'],
    ['{a=="b"}', 3, '= != =~ or !~', 'a="value"'],
    ['{a="b" c="d"}', 8, '} or a comma', 'commas'],
    ['{a="b"', 7, '} or a comma', 'ends with }'],
    ['{}', 1, 'matches every stream', 'get_log_labels'],
    ['{a=~".*"}', 1, 'matches every stream', 'namespace'],
    ['{a!="b"}', 1, 'matches every stream', 'namespace'],
    ['{a=~"(b"}', 5, 'brackets that do not match', 'Close'],
    ['{a="b"} |= "x', 12, 'not closed', 'Close it'],
    ["{a='b'}", 4, 'a text in double quotes', 'a="value"'],
    ['{a="b"} |= \'x\'', 12, 'single quotes', 'double quotes'],
    ['rate({a="b"}[5m]', 5, '( is not closed', 'Add )'],
    ['{a="b"} |~ "x)"', 12, 'brackets that do not match', 'Close'],
    ['find: {a="b"}', 1, 'unexpected find:', 'Begin with the selector'],
  ])('refuses %s at column %i', (query, column, message, next) => {
    const error = errorOf(query)
    expect(error.code).toBe('invalid-logql')
    expect(error.message).toContain(message)
    expect(error.options.next).toContain(next)
    expect(error.options.details?.position).toEqual({ line: 1, column })
  })
})
