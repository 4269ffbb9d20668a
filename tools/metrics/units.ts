import type { SyntaxNode } from '@lezer/common'
import type { Query } from './promql.ts'

/** Names whose ending misleads; sources: dcgm-exporter's default-counters.csv, Dynamo's and vLLM's metric lists. */
const known: [RegExp, string][] = [
  [/^DCGM_FI_DEV_(GPU_UTIL|GPU_UTIL_RATIO|MEM_COPY_UTIL|ENC_UTIL|DEC_UTIL)$/, 'percent'],
  [/^DCGM_FI_PROF_.*(ACTIVE|RATIO)$/, 'ratio'],
  [/^DCGM_FI_DEV_.*(TEMP|CELSIUS)$/, 'celsius'],
  [/^DCGM_FI_DEV_(POWER_|BOARD_POWER|.*WATTS$)/, 'watts'],
  [/^DCGM_FI_DEV_FB_(USED|FREE|TOTAL|RESERVED)$/, 'MiB'],
  [/^(dynamo_component_gpu_cache_usage_percent|vllm:.*_perc|sglang:token_usage|sglang:cache_hit_rate)$/, 'ratio'],
]

const suffixes: [RegExp, string][] = [
  [/_milliseconds$|_ms$/, 'milliseconds'],
  [/_seconds$/, 'seconds'],
  [/_bytes$/, 'bytes'],
  [/_ratio$|_perc$/, 'ratio'],
  [/_percent(age)?$/, 'percent'],
  [/_watts$/, 'watts'],
  [/_celsius$/, 'celsius'],
]

/** Unit of a metric by its name; a histogram's count and buckets are counts, its sum has the unit of the base. */
export function unitOfName(name: string): string | undefined {
  const special = known.find(([pattern]) => pattern.test(name))
  if (special) return special[1]
  if (/_(count|bucket|info)$/.test(name)) return 'count'
  const base = name.replace(/_(total|sum)$/, '')
  return suffixes.find(([pattern]) => pattern.test(base))?.[1] ?? (/_total$/.test(name) ? 'count' : undefined)
}

const perSecond: Record<string, string> = { seconds: 'ratio', bytes: 'bytes/s', count: '/s' }

/** The unit of a query's answer, as far as the names and the operations tell; undefined rather than a guess. */
export const unitOfQuery = ({ tree, text }: Query): string | undefined => {
  const unit = unitOf(tree.topNode.firstChild, text)
  return unit === 'number' ? undefined : unit
}

function unitOf(node: SyntaxNode | null, text: string): string | undefined {
  if (!node) return undefined
  switch (node.name) {
    case 'NumberDurationLiteral':
      return 'number'
    case 'VectorSelector':
      return unitOfName(nameOf(node, text) ?? '')
    case 'FunctionCall':
      return unitOfCall(node, text)
    case 'AggregateExpr': {
      const operation = text.slice(node.from).match(/^\w+/)?.[0]
      if (operation === 'count' || operation === 'group' || operation === 'count_values') return 'count'
      return unitOf(node.getChild('FunctionCallBody')?.lastChild ?? null, text)
    }
    case 'BinaryExpr':
      return unitOfBinary(node, text)
    case 'UnaryExpr':
      return unitOf(node.lastChild, text)
    default:
      return unitOf(node.firstChild, text)
  }
}

const nameOf = (node: SyntaxNode, text: string): string | undefined => {
  const identifier = node.getChild('Identifier')
  return identifier
    ? text.slice(identifier.from, identifier.to)
    : text.slice(node.from, node.to).match(/__name__="([^"]+)"/)?.[1]
}

function unitOfCall(node: SyntaxNode, text: string): string | undefined {
  const call = text.slice(node.from).match(/^\w+/)?.[0] ?? ''
  const body = node.getChild('FunctionCallBody')
  if (['rate', 'irate', 'deriv'].includes(call)) {
    const unit = unitOf(body?.firstChild ?? null, text)
    return unit && perSecond[unit]
  }
  if (['count_over_time', 'absent', 'absent_over_time', 'changes', 'resets', 'present_over_time'].includes(call))
    return 'count'
  if (call === 'histogram_quantile') {
    const name = text.slice(node.from, node.to).match(/([\w:]+)_bucket\b/)?.[1]
    return name && unitOfName(name)
  }
  if (call === 'time' || call === 'timestamp' || call === 'vector' || call === 'scalar') return undefined
  if (call === 'quantile_over_time') return unitOf(body?.lastChild ?? null, text)
  return unitOf(body?.firstChild ?? null, text)
}

function unitOfBinary(node: SyntaxNode, text: string): string | undefined {
  const left = node.firstChild
  const right = node.lastChild
  const operator = left?.nextSibling?.name
  const of = (side: SyntaxNode | null) => (side ? text.slice(side.from, side.to) : '')
  const units = [unitOf(left, text), unitOf(right, text)]
  if (operator === 'Mul' || operator === 'Div') {
    const number = units.indexOf('number')
    if (number !== -1) {
      const other = units[1 - number]
      return operator === 'Mul' && other === 'ratio' && of(number === 0 ? left : right) === '100'
        ? 'percent'
        : undefined
    }
    if (operator === 'Mul') return undefined
    const sum = of(left).match(/([\w:]+)_sum\b/)?.[1]
    if (sum && sum === of(right).match(/([\w:]+)_count\b/)?.[1]) return unitOfName(sum)
    return units[0] !== undefined && units[0] === units[1] ? 'ratio' : undefined
  }
  if (operator === 'Add' || operator === 'Sub') {
    const known = units.filter((unit) => unit !== 'number')
    return known.every((unit) => unit === known[0]) ? known[0] : undefined
  }
  return units[0]
}
