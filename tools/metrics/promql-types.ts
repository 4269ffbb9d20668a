import type { SyntaxNode } from '@lezer/common'
import { promqlError, type Query, type Selector, selectorOf } from './promql.ts'

/** What an expression evaluates to; `any` where we do not know, which fits everywhere. */
type ValueType = 'scalar' | 'instant vector' | 'range vector' | 'string' | 'any'
const letters: Record<string, ValueType> = { s: 'scalar', v: 'instant vector', m: 'range vector', t: 'string' }

/** What functions take, after promql/parser/functions.go: one letter an argument, `?` for one that may be left out. */
const signatures: Record<string, string> = {
  ...all('v', 'abs ceil floor exp ln log2 log10 sqrt sgn absent sort sort_desc timestamp scalar'),
  ...all('v', 'sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh deg rad'),
  ...all('v', 'histogram_count histogram_sum histogram_avg histogram_stddev histogram_stdvar'),
  ...all('m', 'rate irate increase delta idelta deriv changes resets sum_over_time avg_over_time min_over_time'),
  ...all('m', 'max_over_time count_over_time stddev_over_time stdvar_over_time last_over_time first_over_time'),
  ...all('m', 'present_over_time absent_over_time mad_over_time'),
  quantile_over_time: 'sm',
  predict_linear: 'ms',
  holt_winters: 'mss',
  double_exponential_smoothing: 'mss',
  clamp: 'vss',
  clamp_min: 'vs',
  clamp_max: 'vs',
  round: 'vs?',
  ...all('v?', 'day_of_month day_of_week day_of_year days_in_month hour minute month year'),
  histogram_quantile: 'sv',
  histogram_fraction: 'ssv',
  label_replace: 'vtttt',
  vector: 's',
  time: '',
  pi: '',
}
function all(arguments_: string, names: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map((name) => [name, arguments_]))
}
const givesScalar = new Set(['scalar', 'time', 'pi'])
const aggregates: Record<string, string> = {
  topk: 'sv',
  bottomk: 'sv',
  quantile: 'sv',
  limitk: 'sv',
  limit_ratio: 'sv',
  count_values: 'tv',
}

const nameOf = (node: SyntaxNode, text: string) => text.slice(node.from).match(/^\w+/)![0].toLowerCase()
const expressions = (node: SyntaxNode | null): SyntaxNode[] => {
  const found: SyntaxNode[] = []
  for (let child = node?.firstChild ?? null; child; child = child.nextSibling)
    if (/(Expr|Selector|Call|Literal)$/.test(child.name) && !/^(Offset)?Duration/.test(child.name)) found.push(child)
  return found
}

function typeOf(node: SyntaxNode | undefined, text: string): ValueType {
  switch (node?.name) {
    case 'NumberDurationLiteral':
      return 'scalar'
    case 'StringLiteral':
      return 'string'
    case 'VectorSelector':
    case 'AggregateExpr':
      return 'instant vector'
    case 'MatrixSelector':
    case 'SubqueryExpr':
      return 'range vector'
    case 'FunctionCall': {
      const name = nameOf(node, text)
      return givesScalar.has(name) ? 'scalar' : name in signatures ? 'instant vector' : 'any'
    }
    case 'BinaryExpr': {
      const types = expressions(node).map((side) => typeOf(side, text))
      if (types.includes('any')) return 'any'
      return types.every((type) => type === 'scalar') ? 'scalar' : 'instant vector'
    }
    case 'ParenExpr':
    case 'UnaryExpr':
    case 'OffsetExpr':
    case 'StepInvariantExpr':
    case 'AnchoredExpr':
    case 'SmoothedExpr':
      return typeOf(expressions(node)[0], text)
    default:
      return 'any'
  }
}

/**
 * Mistakes of type that are cheap to see: what a function takes, ranges where there can be none, selectors that match everything.
 * What is not known here passes: the server knows more.
 * @throws invalid-promql as parsePromql does
 */
export function checkTypes({ tree, text }: Query, ranged: boolean): void {
  tree.iterate({ enter: ({ node }) => checkNode(node, text) })
  const whole = expressions(tree.topNode)[0]
  const type = typeOf(whole, text)
  if (ranged && whole && (type === 'range vector' || type === 'string'))
    throw promqlError(text, whole.from, {
      what: `this is a ${type}, which cannot be drawn over a range`,
      next: 'Put a function around it, such as rate(...) or avg_over_time(...), or ask for one moment.',
    })
}

function checkNode(node: SyntaxNode, text: string): void {
  if (node.name === 'FunctionCall' || node.name === 'AggregateExpr') checkCall(node, text)
  if (node.name === 'BinaryExpr') for (const side of expressions(node)) refuse(side, text, 'an operation')
  if (node.name === 'SubqueryExpr') refuse(expressions(node)[0], text, 'a subquery')
  if (node.name === 'UnaryExpr') refuse(expressions(node)[0], text, 'a sign')
  if (node.name === 'VectorSelector' && matchesAll(selectorOf(node, text)))
    throw promqlError(text, node.from, {
      what: 'this selector matches every series',
      next: 'Name a metric, or give at least one label a value: {job="api"}. find_metrics finds names.',
    })
}

function refuse(node: SyntaxNode | undefined, text: string, where: string): void {
  const type = typeOf(node, text)
  if (!node || (type !== 'range vector' && type !== 'string')) return
  throw promqlError(text, node.from, {
    what: `${where} takes no ${type}`,
    next:
      type === 'string'
        ? 'Use a number or a metric.'
        : 'Put a function around it, such as rate(...) or max_over_time(...).',
  })
}

function checkCall(node: SyntaxNode, text: string): void {
  const name = nameOf(node, text)
  const taken = node.name === 'AggregateExpr' ? (aggregates[name] ?? 'v') : signatures[name]
  if (taken === undefined) return
  const given = expressions(node.getChild('FunctionCallBody'))
  const wanted = [...taken.replaceAll('?', '')]
  const least = taken.endsWith('?') ? wanted.length - 1 : wanted.length
  if (given.length < least || given.length > wanted.length)
    throw promqlError(text, node.from, {
      what: `${name} takes ${wanted.length === 0 ? 'no arguments' : wanted.map((letter) => letters[letter]).join(', ')}, and ${given.length} ${given.length === 1 ? 'is' : 'are'} given`,
      next: 'Correct the arguments of this call.',
    })
  for (const [index, argument] of given.entries()) {
    const type = typeOf(argument, text)
    const needed = letters[wanted[index]!]!
    if (type === 'any' || type === needed) continue
    throw promqlError(text, argument.from, {
      what: `${name} takes ${article(needed)} here, and this is ${article(type)}`,
      next: rewrite(name, { needed, type, source: text.slice(argument.from, argument.to) }),
    })
  }
}

const article = (type: string) => `${type.startsWith('i') ? 'an' : 'a'} ${type}`

function rewrite(name: string, { needed, type, source }: { needed: string; type: string; source: string }): string {
  const short = source.length <= 60 ? source : '…'
  if (needed === 'range vector' && type === 'instant vector') {
    if (/^[\w:]+(\{.*\})?$/s.test(source)) return `Give it a range: ${name}(${short}[5m]).`
    const aggregate = /^(sum|avg|min|max|count)\b/.exec(source)?.[1]
    return aggregate
      ? `Put ${name} inside: ${aggregate}(${name}(metric[5m])).`
      : `Give it a range by a subquery: ${name}((${short})[5m:1m]).`
  }
  if (needed === 'instant vector' && type === 'range vector')
    return `Take the range in brackets away, or use ${name}_over_time where there is one.`
  return 'Correct this argument.'
}

/** Whether every matcher also matches a series without that label: Prometheus refuses such a selector. */
function matchesAll({ name, matchers }: Selector): boolean {
  return !name && matchers.every(matchesEmpty)
}

function matchesEmpty({ operator, value }: Selector['matchers'][number]): boolean {
  if (operator === '=') return value === ''
  if (operator === '!=') return value !== ''
  try {
    return new RegExp(`^(?:${value})$`, 's').test('') === (operator === '=~')
  } catch {
    // RE2 knows what JavaScript does not; the server decides
    return false
  }
}
