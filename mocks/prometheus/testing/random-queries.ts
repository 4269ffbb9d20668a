import fc from 'fast-check'

/** Queries that no one would write, of every construct: seeded, so that the same number gives the same list. */

const names = [
  'gpu_utilization',
  'gpu_memory_used_bytes',
  'http_requests_total',
  'odd{kind!="huge"}',
  'up',
  'node_info',
  'pair',
  'nothing',
]
const labels = ['node', 'gpu', 'job', 'route', 'kind', 'x', 'missing', 'instance']
const vectorFunctions = ['abs', 'ceil', 'floor', 'sqrt', 'sgn', 'ln', 'timestamp', 'absent', 'round']
const rangeFunctions = (
  'rate irate increase delta idelta deriv changes resets sum_over_time avg_over_time min_over_time max_over_time ' +
  'count_over_time stddev_over_time last_over_time present_over_time absent_over_time'
).split(' ')

const shift = fc.constantFrom(
  '',
  '',
  '',
  ' offset 3m',
  ' offset -2m',
  ' @ 1700003600',
  ' @ end() offset 1m',
  ' @ start()',
)
const range = fc.constantFrom('20s', '1m', '5m', '17m', '1h')
const subRange = fc.constantFrom('5m:1m', '10m:45s', '3m:', '20m:2m')
const labelList = fc.subarray(labels, { maxLength: 3 }).map((list) => list.join(', '))
const grouping = fc.oneof(
  fc.constant(''),
  labelList.map((list) => `by (${list}) `),
  labelList.map((list) => `without (${list}) `),
)
const matching = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  labelList.map((list) => ` on (${list})`),
  labelList.map((list) => ` ignoring (${list})`),
  fc.tuple(labelList, fc.constantFrom('left', 'right')).map(([list, side]) => ` on (${list}) group_${side} ()`),
)
const number = fc.constantFrom('0', '1', '2', '-3', '0.5', '50', '1e9', 'time()', 'NaN', 'Inf')
const operator = fc.constantFrom('+', '-', '*', '/', '%', '^', '==', '!=', '>', '<', '>=', '<=', '> bool', '== bool')

const { vector } = fc.letrec<{ vector: string }>((tie) => {
  const selector = fc.tuple(fc.constantFrom(...names), shift).map(([name, when]) => name + when)
  const ranged = fc.oneof(
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom(...names), range, shift)
        .map(([name, span, when]) => `${name}[${span}]${when}`),
    },
    fc.tuple(tie('vector'), subRange, shift).map(([inner, span, when]) => `(${inner})[${span}]${when}`),
  )
  return {
    vector: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      selector,
      fc.tuple(fc.constantFrom(...rangeFunctions), ranged).map(([name, inner]) => `${name}(${inner})`),
      ranged.map((inner) => `quantile_over_time(0.7, ${inner})`),
      fc.tuple(fc.constantFrom(...vectorFunctions), tie('vector')).map(([name, inner]) => `${name}(${inner})`),
      fc
        .tuple(fc.constantFrom('sum', 'avg', 'min', 'max', 'count', 'group'), grouping, tie('vector'))
        .map(([name, by, inner]) => `${name} ${by}(${inner})`),
      fc.tuple(grouping, tie('vector')).map(([by, inner]) => `quantile ${by}(0.3, ${inner})`),
      fc.tuple(tie('vector'), operator, matching, tie('vector')).map(([a, op, on, b]) => `${a} ${op}${on} ${b}`),
      fc.tuple(tie('vector'), operator, number).map(([a, op, b]) => `${a} ${op} ${b}`),
      fc.tuple(number, operator, tie('vector')).map(([a, op, b]) => `${a} ${op} ${b}`),
      fc
        .tuple(tie('vector'), fc.constantFrom('and', 'or', 'unless'), labelList, tie('vector'))
        .map(([a, op, on, b]) => `${a} ${op} on (${on}) ${b}`),
      fc
        .tuple(tie('vector'), fc.constantFrom('and', 'or', 'unless'), tie('vector'))
        .map(([a, op, b]) => `${a} ${op} ${b}`),
      tie('vector').map((inner) => `-${inner}`),
      tie('vector').map((inner) => `(${inner})`),
      tie('vector').map((inner) => `vector(scalar(${inner}))`),
      fc
        .tuple(tie('vector'), fc.constantFrom(...labels))
        .map(([inner, label]) => `label_replace(${inner}, "new", "$1", "${label}", "(.).*")`),
      fc
        .tuple(tie('vector'), fc.constantFrom(...labels))
        .map(([inner, label]) => `label_join(${inner}, "${label}", "-", "job", "x")`),
    ),
  }
})

export const randomQueries = (count: number, seed: number): string[] => fc.sample(vector, { numRuns: count, seed })
