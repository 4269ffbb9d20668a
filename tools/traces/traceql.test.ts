import { describe, expect, it } from 'vitest'
import { isToolError } from '#contract'
import { buildTraceQl, checkTraceQl, newestFirst } from './traceql.ts'

const errorOf = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    if (isToolError(error)) return error
    throw error
  }
  throw new Error('expected a failure')
}

describe('TraceQL before it is sent', () => {
  it.each([
    '{}',
    '{ }',
    '{ resource.service.name = "web" && duration > 1.5s }',
    '{ .http.status_code >= 500 } && { span.db.system =~ "post.*" }',
    '{ status = error } | count() > 2',
    '{ name = `GET /x` || kind = server } >> { span."key with spaces" != nil }',
    '{ trace:id = "ab" && span:duration > 2ms }',
    '{ rootServiceName = "a" } | select(span.http.url)',
    '{ parent.resource.service.name = "a" && -1 < span.x + 3 * 2 }',
    '{ status = error } with (most_recent=true)',
    '{ event.exception.message =~ ".*\\\\d \\"x\\".*" }',
  ])('takes %s', (query) => expect(() => checkTraceQl(query)).not.toThrow())

  it.each([
    ['errors in web', 1, 'no conditions in braces', 'service errors in web'],
    ['{ status = error', 1, '{ is not closed', 'Add }'],
    ['{ status = error }}', 19, 'unexpected }', 'Nothing is open'],
    ['{ (status = error }', 19, 'unexpected }', '( is still open'],
    ['{ name = "x }', 10, 'a text that is not closed', 'Close'],
    ["{ name = 'x' }", 10, 'single quotes', 'double quotes'],
    ['{ service.name = "web" }', 3, 'unexpected service.name', 'resource.service.name'],
    ['{ http.status_code = 500 }', 3, 'unexpected http.status_code', 'span.http.status_code'],
    ['{ durations > 1s }', 3, 'unexpected durations', 'did you mean duration?'],
    ['{ status = error and kind = server }', 18, 'unexpected and', '&&'],
    ['{ status == error }', 10, 'unexpected ==', 'one ='],
    ['{ status = "error" }', 12, 'status takes no text', 'status = error'],
    ['{ duration > 500 }', 14, 'takes a duration', '500ms'],
    ['{ duration > "1s" }', 14, 'takes a duration', 'without quotes'],
    ['{ status = error } | rate()', 20, 'computes numbers', 'query_metrics'],
  ])('refuses %s at column %i: %s', (query, column, message, next) => {
    const error = errorOf(() => checkTraceQl(query))
    expect(error.code).toBe('invalid-traceql')
    expect(error.options.details?.position).toEqual({ line: 1, column })
    expect(error.message).toContain(message)
    expect(error.options.next).toContain(next)
  })

  it('counts lines', () => {
    expect(errorOf(() => checkTraceQl('{\n  status == error }')).options.details?.position).toEqual({
      line: 2,
      column: 10,
    })
  })
})

describe('TraceQL of fields (TRC-001)', () => {
  it.each([
    [{}, '{ }'],
    [{ service: 'web' }, '{ resource.service.name = "web" }'],
    [{ service: 'we.b*' }, '{ resource.service.name =~ "we\\\\.b.*" }'],
    [{ operation: 'GET "x" \\' }, '{ name = "GET \\"x\\" \\\\" }'],
    [{ duration: '>=500ms' }, '{ traceDuration >= 500ms }'],
    [
      { service: 'a', duration: '>1ms, < 2.5s' },
      '{ resource.service.name = "a" && duration > 1ms && duration < 2.5s }',
    ],
    [{ errorsOnly: true }, '{ status = error }'],
    [{ tags: 'http.status_code=500' }, '{ (.http.status_code = 500 || .http.status_code = "500") }'],
    [{ tags: 'span.retry!=true' }, '{ (span.retry != true && span.retry != "true") }'],
    [{ tags: 'k8s.pod.name = web-*' }, '{ .k8s.pod.name =~ "web-.*" }'],
    [{ tags: 'my key=a b' }, '{ ."my key" = "a b" }'],
    [{ tags: 'tokens>=1000, duration>2s,kind=server' }, '{ .tokens >= 1000 && duration > 2s && kind = server }'],
    [{ tags: 'db.query.text=a=b, c,x=1*' }, '{ .db.query.text = "a=b, c" && .x =~ "1.*" }'],
  ])('%j', (fields, query) => {
    expect(buildTraceQl(fields)).toBe(query)
    expect(() => checkTraceQl(query)).not.toThrow()
  })

  it.each([['error'], ['=x'], ['size>big']])('%s is no tag', (tag) => {
    expect(errorOf(() => buildTraceQl({ tags: tag })).options.field).toBe('tags')
  })

  it.each(['2s', '>2', '>fast', '>1s or so'])('%s bounds no duration', (duration) => {
    expect(errorOf(() => buildTraceQl({ duration })).options.field).toBe('duration')
  })

  it('asks for the newest unless the query says what it wants', () => {
    expect(newestFirst('{ }')).toBe('{ } with (most_recent=true)')
    expect(newestFirst('{ } with (most_recent=false)')).toBe('{ } with (most_recent=false)')
  })
})
