/** What stands open before a place of a query, and the last thing written there. */
interface Before {
  /** ( { or [ that is not closed, innermost last */
  open: string[]
  last: string
}

const token = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|#[^\n]*|[\w:.]+|=~|!~|==|!=|<=|>=|\S/g

function beforeOf(text: string): Before {
  const open: string[] = []
  let last = ''
  for (const [one] of text.matchAll(token)) {
    if (one.startsWith('#')) continue
    if ('({['.includes(one)) open.push(one)
    if (')}]'.includes(one)) open.pop()
    last = one
  }
  return { open, last }
}

const isOperator = (one: string) => /^(==|!=|<=|>=|[-+*/%^<>]|and|or|unless|atan2|bool)$/i.test(one)

/** What the grammar allows at `at`, in words. */
export function expectedAt(text: string, at: number): string {
  const { open, last } = beforeOf(text.slice(0, at))
  const inside = open.at(-1)
  if (inside === '{') {
    if (last === '{' || last === ',') return 'a label name'
    if (/^(=|!=|=~|!~)$/.test(last)) return 'a value in quotes'
    return /^["'`]/.test(last) ? '"," or "}"' : 'one of = != =~ !~'
  }
  if (inside === '[') return last === '[' || last === ':' ? 'a duration such as 5m' : '"]"'
  if (/^(by|without|on|ignoring)$/i.test(last)) return 'label names in brackets, such as (job)'
  if (/^offset$/i.test(last)) return 'a duration such as 5m'
  if (last === '@') return 'a Unix time, start() or end()'
  if (last === '' || last === '(' || last === ',' || isOperator(last)) return 'an expression, such as a metric name'
  return inside === '(' ? 'an operator, "," or ")"' : 'an operator or the end'
}

/** What to do about a syntax error. */
export function advice(text: string, at: number): string {
  const before = text.slice(0, at).trimEnd()
  const unclosed = (open: string, close: string) => text.split(open).length > text.split(close).length
  if (text.trim() === '') return 'Write a query, such as up; find_metrics finds names.'
  if (/(=|!=|=~|!~)$/.test(before) && text.slice(at).match(/^\s*\w/)) return 'Put the label value in quotes.'
  if (unclosed('(', ')')) return 'A bracket ( is not closed.'
  if (unclosed('{', '}')) return 'A brace { is not closed.'
  if (unclosed('[', ']')) return 'A bracket [ is not closed.'
  if (text.slice(at).startsWith('('))
    return `${before.match(/[\w:]+$/)?.[0] ?? 'This'} is no PromQL function; check its name.`
  return 'Correct the query at the mark and ask again.'
}
