import { QueryError } from './types.ts'

/**
 * Go's RE2 dialect on JavaScript's engine: what only JavaScript has is refused, what only Go has is translated.
 * Errors carry Go's words.
 */

const posixClasses: Record<string, string> = {
  alpha: 'a-zA-Z',
  alnum: 'a-zA-Z0-9',
  digit: '0-9',
  lower: 'a-z',
  upper: 'A-Z',
  space: '\\s',
  word: '\\w',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9a-fA-F',
}

const goEscapes = /[abfnrtvdDsSwWAzB0-7.*+?()|[\]{}^$\\/\-_"'`~!@#%&=:;<>, ]/

function refuse(message: string): never {
  throw new QueryError('bad_data', `error parsing regexp: ${message}`)
}

/** `\x41` and `\x{1F600}`: the characters taken after the `x`, and the one they mean. */
function hexEscape(rest: string): { text: string; length: number } {
  const match = /^(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/.exec(rest)
  const code = Number.parseInt(match?.[1] ?? match?.[2] ?? '', 16)
  if (!match || code > 0x10ffff) refuse(`invalid escape sequence: \`\\x${rest.slice(0, 2)}\``)
  const units = String.fromCodePoint(code).split('')
  const text = units.map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
  return { text: units.length > 1 ? `(?:${text})` : text, length: match[0].length }
}

/** Unicode classes and `\Q…\E` are not supported and refused like any unknown escape. */
function translateEscape(next: string): string {
  if (/[1-9]/.test(next)) refuse(`invalid escape sequence: \`\\${next}\``)
  if (!goEscapes.test(next)) refuse(`invalid escape sequence: \`\\${next}\``)
  if (next === 'A') return '^'
  if (next === 'z') return '$'
  if (next === 'a') return '\\x07'
  return `\\${next}`
}

/** The group opening at `source[index]`: its JavaScript form and how many characters it took. */
function translateGroup(rest: string): { text: string; length: number; unclosed?: boolean } {
  const named = /^\(\?P?<([A-Za-z_]\w*)>/.exec(rest)
  if (named) return { text: `(?<${named[1]}>`, length: named[0].length }
  const scoped = /^\(\?([ims]*)(?:-([ims]+))?:/.exec(rest)
  if (scoped) return { text: scoped[0], length: scoped[0].length }
  const global = /^\(\?([imsU]+)\)/.exec(rest)
  if (global) return { text: `(?${(global[1] ?? '').replace('U', '')}:`, length: global[0].length, unclosed: true }
  if (rest.startsWith('(?')) refuse(`invalid or unsupported Perl syntax: \`${rest.slice(0, 3)}\``)
  return { text: '(', length: 1 }
}

function refuseLargeRepeat(rest: string): void {
  const repeat = /^\{(\d+)(?:,(\d*))?\}/.exec(rest)
  if (repeat && Math.max(Number(repeat[1]), Number(repeat[2] ?? 0)) > 1000)
    refuse(`invalid repeat count: \`${repeat[0]}\``)
}

/** Reads a Go pattern to JavaScript source. */
function translate(source: string): string {
  let text = ''
  let inClass = false
  // How many flag groups each open group holds: `(?i)` lasts to the end of the group it stands in.
  const flagged = [0]
  for (let index = 0; index < source.length; index += 1) {
    const char = source[index] as string
    if (char === '\\') {
      index += 1
      if (index >= source.length) refuse('trailing backslash at end of expression: ``')
      const hex = source[index] === 'x' ? hexEscape(source.slice(index + 1)) : undefined
      text += hex?.text ?? translateEscape(source[index] as string)
      index += hex?.length ?? 0
    } else if (inClass) {
      const posix = /^\[:(\^?)([^\]]*?):\]/.exec(source.slice(index))
      if (posix) {
        text += posixClasses[posix[2] ?? ''] ?? refuse(`invalid character class range: \`${posix[0]}\``)
        index += posix[0].length - 1
      } else {
        inClass = char !== ']'
        text += char === '[' ? '\\[' : char
      }
    } else if (char === '[') {
      const head = /^\[\^?\]?/.exec(source.slice(index))?.[0] ?? '['
      text += head.endsWith(']') ? `${head.slice(0, -1)}\\]` : head
      index += head.length - 1
      inClass = true
    } else if (char === '(') {
      const group = translateGroup(source.slice(index))
      text += group.text
      index += group.length - 1
      if (group.unclosed) flagged.push((flagged.pop() ?? 0) + 1)
      else flagged.push(0)
    } else if (char === ')') {
      text += `)${')'.repeat(flagged.length > 1 ? (flagged.pop() ?? 0) : 0)}`
    } else {
      if (char === '{') refuseLargeRepeat(source.slice(index))
      text += char
    }
  }
  return text + ')'.repeat(flagged[0] ?? 0)
}

/** Go's words for what JavaScript's engine refused. */
function explain(source: string, shown: string, message: string): string {
  if (/unterminated group/i.test(message)) return `missing closing ): \`${shown}\``
  if (/unmatched '?\)/i.test(message)) return `unexpected ): \`${shown}\``
  if (/unterminated character class/i.test(message))
    return `missing closing ]: \`${source.slice(source.indexOf('['))}\``
  if (/nothing to repeat/i.test(message)) {
    return `missing argument to repetition operator: \`${/[*+?]/.exec(source)?.[0] ?? source}\``
  }
  if (/out of order in character class/i.test(message)) return `invalid character class range: \`${source}\``
  if (/numbers out of order/i.test(message)) return `invalid repeat count: \`${/\{[^}]*\}/.exec(source)?.[0]}\``
  return `invalid escape sequence: \`${source}\``
}

/**
 * A pattern that must match the whole text, as matchers and label_replace use it. In 3.x `.` also matches a newline.
 * Throws QueryError bad_data with Go's message when the pattern is not valid RE2.
 */
export function anchoredRegex(source: string, dotAll: boolean): RegExp {
  const shown = dotAll ? `^(?s:${source})$` : `^(?:${source})$`
  const translated = translate(source)
  try {
    new RegExp(translated)
    return new RegExp(`^(?:${translated})$`, dotAll ? 's' : '')
  } catch (error) {
    return refuse(explain(source, shown, error instanceof Error ? error.message : ''))
  }
}

/** Go's `Expand`: `$1`, `${1}`, `$name`, `$$`; an unknown group is empty. */
export function expandTemplate(template: string, match: RegExpExecArray): string {
  return template.replace(/\$(?:(\$)|(\w+)|\{(\w+)\})/g, (_, dollar, bare, braced) => {
    if (dollar) return '$'
    const name = bare ?? braced
    return (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? ''
  })
}
