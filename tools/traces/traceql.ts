import { ToolError } from '#contract'
import { nearest } from '../scope.ts'
import { cell } from '../text.ts'

/** Intrinsics of TraceQL, which stand without a scope (Tempo 3.0, pkg/traceql). */
const intrinsics = [
  'name',
  'duration',
  'status',
  'statusMessage',
  'kind',
  'parent',
  'childCount',
  'rootName',
  'rootServiceName',
  'traceDuration',
  'nestedSetLeft',
  'nestedSetRight',
  'nestedSetParent',
]
const constants = [
  'true',
  'false',
  'nil',
  'error',
  'ok',
  'unset',
  'server',
  'client',
  'internal',
  'producer',
  'consumer',
  'unspecified',
  'minInt',
  'maxInt',
]
const scopes =
  /^(?:parent\.)?(?:resource|span|event|link|instrumentation|parent)\.|^\.|^(?:trace|span|event|link|instrumentation):/

interface Token {
  kind: 'string' | 'word' | 'number' | 'mark'
  text: string
  at: number
}

const pattern =
  /"(?:[^"\\\n]|\\.)*"|`[^`]*`|(?:[A-Za-z_.][\w.\-/:]*(?:"(?:[^"\\]|\\.)*")?|\."(?:[^"\\]|\\.)*")|\d[\d.]*(?:ns|us|µs|ms|s|m|h)?(?:\d[\d.]*(?:ns|us|µs|ms|s|m|h))*|&&|\|\||!=|=~|!~|>=|<=|>>|<<|&>>|&<<|!>>|!<<|[{}()|=<>!~+\-*/%^,&[\]]/y

const wrong = (query: string, at: number, { what, next }: { what: string; next: string }): ToolError => {
  const before = query.slice(0, at)
  const position = { line: before.split('\n').length, column: at - before.lastIndexOf('\n') }
  return new ToolError(
    'invalid-traceql',
    `The TraceQL is wrong at line ${position.line}, column ${position.column}: ${what}.`,
    {
      next,
      field: 'query',
      details: { position },
    },
  )
}

function tokensOf(query: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < query.length) {
    if (/\s/.test(query[at]!)) {
      at += 1
      continue
    }
    pattern.lastIndex = at
    const text = pattern.exec(query)?.[0]
    if (text === undefined) {
      const isQuote = query[at] === '"' || query[at] === '`'
      const what = isQuote
        ? 'a text that is not closed'
        : query[at] === "'"
          ? 'single quotes are no quotes in TraceQL'
          : `unexpected ${cell(query[at], 4)}`
      throw wrong(query, at, { what, next: isQuote ? 'Close the quotes.' : 'Texts stand in "double quotes".' })
    }
    const kind = /^["`]/.test(text)
      ? 'string'
      : /^[A-Za-z_.]/.test(text)
        ? 'word'
        : /^\d/.test(text)
          ? 'number'
          : 'mark'
    tokens.push({ kind, text, at })
    at += text.length
  }
  return tokens
}

const closing: Record<string, string> = { '{': '}', '(': ')', '[': ']' }

/** One name in braces: an intrinsic, a constant, or an attribute with its scope. */
function checkName(query: string, { text, at }: Token): void {
  if (intrinsics.includes(text) || constants.includes(text) || scopes.test(text)) return
  if (/^(and|or|not)$/i.test(text))
    throw wrong(query, at, {
      what: `unexpected ${text}`,
      next:
        text.toLowerCase() === 'and' ? 'And is &&.' : text.toLowerCase() === 'or' ? 'Or is ||.' : 'Not is !(…) or !=.',
    })
  const isResource = /^(service|k8s|cloud|host|container|process|deployment|cluster|namespace)\b/.test(text)
  const near = text.includes('.') ? undefined : nearest(text, intrinsics)
  throw wrong(query, at, {
    what: `unexpected ${cell(text, 60)}`,
    next: near
      ? `The intrinsics are ${intrinsics.slice(0, 10).join(', ')}: did you mean ${near}?`
      : `An attribute needs its scope: ${isResource ? 'resource' : 'span'}.${cell(text, 60)}, or .${cell(text, 60)} for any.`,
  })
}

/** A text where the value has no quotes of its own. */
function checkValue(query: string, [name, operator, value]: Token[]): void {
  if (!name || !operator || !value || !/^(=|!=|<|>|<=|>=|=~|!~)$/.test(operator.text)) return
  const isWord = value.kind === 'string'
  if ((name.text === 'status' || name.text === 'kind') && isWord)
    throw wrong(query, value.at, {
      what: `${name.text} takes no text`,
      next: `Write ${name.text} ${operator.text} ${value.text.slice(1, -1)} without quotes.`,
    })
  if (/^(duration|traceDuration)$/.test(name.text) && (isWord || /^\d+$/.test(value.text)))
    throw wrong(query, value.at, {
      what: `${name.text} takes a duration`,
      next: `Write it with its unit and without quotes: ${name.text} ${operator.text} 500ms.`,
    })
}

/**
 * The query as Tempo will take it, before it is asked: quotes, brackets, names of attributes, texts where numbers belong. What only the
 * engine can know (types, functions) is left to it.
 * @throws invalid-traceql with the position
 */
export function checkTraceQl(query: string): void {
  const tokens = tokensOf(query)
  const open: Token[] = []
  let braces = 0
  for (const [index, token] of tokens.entries()) {
    if (token.text in closing && token.kind === 'mark') {
      open.push(token)
      if (token.text === '{') braces += 1
    } else if (/^[})\]]$/.test(token.text)) {
      const last = open.pop()
      if (!last || closing[last.text] !== token.text)
        throw wrong(query, token.at, {
          what: `unexpected ${token.text}`,
          next: last ? `${last.text} is still open.` : 'Nothing is open here.',
        })
    } else if (open.some(({ text }) => text === '{')) {
      if (token.kind === 'word') checkName(query, token)
      if (token.text === '=' && tokens[index + 1]?.text === '=')
        throw wrong(query, token.at, { what: 'unexpected ==', next: 'Equal is one =.' })
      checkValue(query, tokens.slice(index, index + 3))
    }
  }
  const left = open.at(-1)
  if (left) throw wrong(query, left.at, { what: `${left.text} is not closed`, next: `Add ${closing[left.text]}.` })
  if (braces === 0)
    throw wrong(query, 0, {
      what: 'no conditions in braces',
      next: `For example { resource.service.name = "web" && duration > 1s }; for a name: service ${cell(query, 60)}.`,
    })
  const pipe = tokens.findIndex(
    ({ text }, index) => text === '|' && /_over_time$|^rate$|^compare$/.test(tokens[index + 1]?.text ?? ''),
  )
  if (pipe >= 0)
    throw wrong(query, tokens[pipe]!.at, {
      what: 'this computes numbers',
      next: 'Search without the function; numbers over time: query_metrics.',
    })
}

/** Newest first instead of any: Tempo stops at the first matches otherwise. */
export const newestFirst = (query: string): string =>
  /\bwith\s*\(/.test(query) ? query : `${query} with (most_recent=true)`

export interface TraceFields {
  service?: string | undefined
  operation?: string | undefined
  /** `>2s`, `<100ms`, both of them */
  duration?: string | undefined
  /** `key=value`, several after commas, with = != > >= < <=; * in a value is a wildcard */
  tags?: string | undefined
  errorsOnly?: boolean | undefined
}

/** A text of TraceQL: double quotes, as Go reads them. */
export const quotedText = (text: string): string => JSON.stringify(text)

const matching = (attribute: string, wanted: string, negative = false): string => {
  if (!wanted.includes('*')) return `${attribute} ${negative ? '!=' : '='} ${quotedText(wanted)}`
  const source = wanted
    .split('*')
    .map((part) => part.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&'))
    .join('.*')
  return `${attribute} ${negative ? '!~' : '=~'} ${quotedText(source)}`
}

const tagPattern = /^\s*([^=!<>]+?)\s*(!=|>=|<=|=|>|<)\s*(.*?)\s*$/s

function tagCondition(tag: string): string {
  const [, key, operator, value] = tagPattern.exec(tag) ?? []
  if (key === undefined || operator === undefined || value === undefined)
    throw new ToolError('invalid-input', `"${cell(tag, 80)}" is no tag.`, {
      next: 'A tag is key=value, such as http.response.status_code=500 or k8s.pod.name=web-*.',
      field: 'tags',
    })
  const isIntrinsic = intrinsics.includes(key)
  if (isIntrinsic && /^(status|kind)$/.test(key)) return `${key} ${operator} ${value}`
  const safe = /^[\w.\-/:]+$/.test(key)
  const attribute = isIntrinsic || (scopes.test(key) && safe) ? key : safe ? `.${key}` : `.${quotedText(key)}`
  if (/^(duration|traceDuration)$/.test(key)) return `${attribute} ${operator} ${value}`
  const isNumber = /^-?\d+(\.\d+)?$/.test(value)
  if (/[<>]/.test(operator)) {
    if (isNumber) return `${attribute} ${operator} ${value}`
    throw new ToolError('invalid-input', `"${cell(tag, 80)}" compares with what is no number.`, {
      next: 'Give a number after < or >.',
      field: 'tags',
    })
  }
  const negative = operator === '!='
  if (!isNumber && !/^(true|false)$/.test(value)) return matching(attribute, value, negative)
  // Programs disagree whether a status code is a number or a text.
  const both = [`${attribute} ${operator} ${value}`, `${attribute} ${operator} ${quotedText(value)}`]
  return negative ? `(${both.join(' && ')})` : `(${both.join(' || ')})`
}

/** A comma within a value does not end it: what follows must begin like a tag. */
const betweenTags = /,(?=\s*[^=!<>,]+[=!<>])/

function boundsOf(duration: string): string[] {
  const bounds = [...duration.matchAll(/([<>]=?)\s*(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s|m|h)/g)]
  const left = duration.replace(/([<>]=?)\s*(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s|m|h)/g, '').replace(/[\s,]|&&|and/g, '')
  if (bounds.length > 0 && left === '')
    return bounds.map(([, operator, amount, unit]) => `${operator} ${amount}${unit}`)
  throw new ToolError('invalid-input', `"${cell(duration, 60)}" bounds no duration.`, {
    next: 'Write >2s, <100ms or both, with unit: us, ms, s, m, h.',
    field: 'duration',
  })
}

/**
 * The TraceQL of a search by fields. Durations are of the matching span where a service or an operation is named, else of the whole
 * trace.
 */
export function buildTraceQl(fields: TraceFields): string {
  const { service, operation, duration, tags, errorsOnly } = fields
  const length = service === undefined && operation === undefined ? 'traceDuration' : 'duration'
  const conditions = [
    ...(service === undefined ? [] : [matching('resource.service.name', service)]),
    ...(operation === undefined ? [] : [matching('name', operation)]),
    ...(duration === undefined ? [] : boundsOf(duration).map((bound) => `${length} ${bound}`)),
    ...(tags === undefined ? [] : tags.split(betweenTags).map(tagCondition)),
    ...(errorsOnly ? ['status = error'] : []),
  ]
  return `{ ${conditions.join(' && ')} }`.replace('{  }', '{ }')
}
