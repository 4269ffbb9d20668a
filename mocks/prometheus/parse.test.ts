import { describe, expect, it } from 'vitest'
import { astJson } from './ast-json.ts'
import { prettify, print } from './format.ts'
import { parse } from './parse.ts'
import { parseSelector } from './parse-selector.ts'

const messageOf = (read: () => unknown) => {
  try {
    read()
    return 'accepted'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

describe('PromQL parser', () => {
  it.each([
    ['foo bar', '1:5: parse error: unexpected identifier "bar"'],
    [
      'sum(\n  rate(foo)\n)',
      '2:8: parse error: expected type range vector in call to function "rate", got instant vector',
    ],
    ['nosuch(foo)', '1:1: parse error: unknown function with name "nosuch"'],
    ['histogram_avg(foo)', '1:1: parse error: unknown function with name "histogram_avg"'],
    ['sum(foo', '1:8: parse error: unclosed left parenthesis'],
    ['foo{a=b}', '1:7: parse error: unexpected identifier "b" in label matching, expected string'],
    ['foo{a="b', '1:7: parse error: unterminated quoted string'],
    ['foo[5m', '1:7: parse error: unclosed left bracket'],
    ['foo[0s]', '1:5: parse error: duration must be greater than 0'],
    ['foo{a=~"("}', '1:5: parse error: error parsing regexp: missing closing ): `^(?s:()$`'],
    ['1 == 1', '1:3: parse error: comparisons between scalars must use BOOL modifier'],
    ['{}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
    ['', '1:1: parse error: no expression found in input'],
    ['limitk(1, foo)', '1:1: parse error: limitk() is experimental'],
    ['foo >/ 2', '1:5: parse error: unexpected ">/"'],
    ['foo + fill(0) bar', '1:7: parse error: unexpected "fill(0)"'],
    ['rate(foo[5m] smoothed)', '1:14: parse error: unexpected identifier "smoothed"'],
    ['foo[step()]', '1:5: parse error: unexpected identifier "step()" in duration expression'],
  ])('refuses %j where and as Prometheus does', (query, message) => {
    expect(messageOf(() => parse(query))).toContain(message)
  })

  it.each([
    ['a > b offset 5m', ['a', '>', 'b offset 5m']],
    ['a + b @ 5 * c', ['a', '+', 'b @ 5.000 * c']],
    ['a and b offset 5m > c', ['a', 'and', 'b offset 5m > c']],
    ['a - b - c', ['a - b', '-', 'c']],
    ['a ^ b ^ c', ['a', '^', 'b ^ c']],
    ['a or b unless c', ['a', 'or', 'b unless c']],
  ])('binds %s as Prometheus does, not as the editor grammar does', (query, parts) => {
    const expr = parse(query)
    expect(expr.kind === 'binary' && [print(expr.lhs), expr.op, print(expr.rhs)]).toEqual(parts)
  })

  it('keeps the sign outside a power', () => {
    expect(parse('-1 ^ 2')).toMatchObject({ kind: 'unary', op: '-', expr: { kind: 'binary', op: '^' } })
    expect(parse('-a offset 5m')).toMatchObject({ kind: 'unary', expr: { kind: 'selector', offsetMs: 300_000 } })
  })

  it('prints what it read', () => {
    const text = 'sum by (a, b) (rate(x{c=~"d.*"}[5m] offset 1m)) / on (a) group_left (b) -topk(3, y[1h:5m] @ end())'
    expect(messageOf(() => parse(text))).toContain(
      'expected type instant vector in aggregation expression, got range vector',
    )
    const valid =
      'sum by (a, b) (rate(x{c=~"d.*"}[5m] offset 1m)) / on (a) group_left (b) max_over_time(y[1h:5m] @ end())'
    expect(print(parse(valid))).toBe(valid)
  })

  it('breaks long expressions over lines', () => {
    const side = (name: string) => `sum by (namespace) (rate(${name}_requests_total{code=~"5.."}[5m]))`
    expect(prettify(parse(`${side('first')}/${side('second')}`))).toBe(`  ${side('first')}\n/\n  ${side('second')}`)
  })

  it('gives the tree of parse_query', () => {
    expect(astJson(parse('rate(up{job="a"}[5m] offset 1m) > bool 2'))).toMatchObject({
      type: 'binaryExpr',
      op: '>',
      bool: true,
      matching: null,
      lhs: {
        type: 'call',
        func: { name: 'rate' },
        args: [{ type: 'matrixSelector', name: 'up', range: 300_000, offset: 60_000 }],
      },
      rhs: { type: 'numberLiteral', val: '2' },
    })
  })

  it('takes only bare selectors for match[]', () => {
    expect(parseSelector('up{job="a"}').matchers).toHaveLength(2)
    expect(messageOf(() => parseSelector('up[5m]'))).toBe('1:3: parse error: unexpected "["')
    expect(messageOf(() => parseSelector('{a=~".*"}'))).toBe('match[] must contain at least one non-empty matcher')
  })
})
