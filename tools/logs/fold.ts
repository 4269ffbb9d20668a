import type { Severity } from './severity.ts'

/** A kind of line: what varies is masked. */
export interface LogKind {
  /** `GPU <*> fell off the bus`, with <n> numbers, <id> names with digits, <time>, <ip>, <uuid>, <hex>, and <*> where kinds were joined */
  pattern: string
  count: number
  firstMs: number
  lastMs: number
  severity: Severity | undefined
  /** One line as it was */
  example: string
  /** Sources it came from, most first, at most a few */
  sources: Map<string, number>
}

export interface FoldedLine {
  text: string
  atMs: number
  severity?: Severity | undefined
  source?: string | undefined
}

const longest = 400
const mostKinds = 5_000
const mostSources = 50

const isDigit = (code: number) => code >= 48 && code <= 57
/** What a word is made of; everything else separates. A hyphen, dot, colon or slash within belongs to it. */
const isWord = (code: number) =>
  isDigit(code) || (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code > 127
const isJoint = (code: number) =>
  code === 45 || code === 46 || code === 58 || code === 47 || code === 43 || code === 37 || code === 64

const shapes: [RegExp, string][] = [
  [/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, '<uuid>'],
  [
    /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?$|^\d\d?:\d\d(?::\d\d(?:[.,]\d+)?)?$|^\d{4}\/\d\d\/\d\d$/,
    '<time>',
  ],
  [/^\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?:\/\d+)?$/, '<ip>'],
  [/^[-+]?(?:\d+(?:[.,]\d+)*)(?:e[-+]?\d+)?(?:%|[a-zA-Zµ]{1,5}(?:\/s)?)?$/, '<n>'],
  [/^0x[0-9a-f]+$/i, '<hex>'],
  [/^(?=.*\d)[0-9a-f]{8,}$/i, '<hex>'],
]

const mostMasks = 20_000

/** One word with a digit in it. */
function maskOf(word: string, masks: Map<string, string> | undefined): string {
  const known = masks?.get(word)
  if (known !== undefined) return known
  const shape = shapes.find(([pattern]) => pattern.test(word))
  const mask = shape ? shape[1] : partsOf(word)
  if (masks && masks.size >= mostMasks) masks.clear()
  masks?.set(word, mask)
  return mask
}

/** `gpu-worker-3:8080/a1` → `gpu-worker-<n>:<n>/<id>`: letters that name a kind stay, what counts goes. */
const partsOf = (word: string): string =>
  word.replace(/[A-Za-z0-9_]*\d[A-Za-z0-9_]*/g, (part) =>
    /^\d+$/.test(part)
      ? '<n>'
      : /^[A-Za-z]+_?\d{1,4}$/.test(part)
        ? part.replace(/\d+$/, '<n>')
        : /^\d+[a-zA-Zµ]{1,3}$/.test(part)
          ? '<n>'
          : '<id>',
  )

/** Half a word may lack the digit by which the whole would be masked. */
const endOfWord = (line: string): number => {
  const at = line.lastIndexOf(' ', longest)
  return at > longest / 2 ? at : longest
}

/** A line with all that varies masked: one pass over its characters. `masks` keeps the words it has seen. */
export function maskLine(line: string, masks?: Map<string, string>): string {
  const text = line.length > longest ? line.slice(0, endOfWord(line)) : line
  let out = ''
  let kept = 0
  let at = 0
  const end = text.length
  while (at < end) {
    const code = text.charCodeAt(at)
    if (!isWord(code)) {
      at += 1
      continue
    }
    const from = at
    let digits = false
    while (at < end) {
      const one = text.charCodeAt(at)
      if (isDigit(one)) digits = true
      else if (
        !isWord(one) &&
        !(isJoint(one) && at + 1 < end && (isWord(text.charCodeAt(at + 1)) || (one === 37 && digits)))
      )
        break
      at += 1
    }
    // 12.5% ends in its sign
    if (digits && text.charCodeAt(at) === 37) at += 1
    if (!digits) continue
    out += text.slice(kept, from) + maskOf(text.slice(from, at), masks)
    kept = at
  }
  return (kept === 0 ? text : out + text.slice(kept)).replace(/\s+/g, ' ').trim()
}

export interface LineFolder {
  add(line: FoldedLine): void
  /** Most frequent first; kinds that differ in few words are joined */
  kinds(): LogKind[]
  /** Lines that were added */
  readonly lines: number
}

/** Folds lines into kinds as they come: memory grows with the kinds, time with the lines. */
export function createLineFolder(): LineFolder {
  const byPattern = new Map<string, LogKind>()
  // The same text comes again and again in a storm: it is masked once.
  const recent = new Map<string, LogKind>()
  const masks = new Map<string, string>()
  let lines = 0

  function kindOf({ text, atMs, severity }: FoldedLine): LogKind {
    const pattern = maskLine(text, masks)
    const known = byPattern.get(pattern)
    if (known) return known
    const isFull = byPattern.size >= mostKinds
    const name = isFull ? '<other lines>' : pattern
    const kind = byPattern.get(name) ?? {
      pattern: name,
      count: 0,
      firstMs: atMs,
      lastMs: atMs,
      severity,
      example: text,
      sources: new Map<string, number>(),
    }
    byPattern.set(name, kind)
    return kind
  }

  return {
    add(line) {
      lines += 1
      let kind = recent.get(line.text)
      if (!kind) {
        kind = kindOf(line)
        if (recent.size >= 10_000) recent.clear()
        recent.set(line.text, kind)
      }
      kind.count += 1
      if (line.atMs < kind.firstMs) kind.firstMs = line.atMs
      if (line.atMs > kind.lastMs) kind.lastMs = line.atMs
      if (line.source !== undefined) addSource(kind.sources, line.source, 1)
    },
    kinds: () => joinAlike([...byPattern.values()]),
    get lines() {
      return lines
    },
  }
}

function addSource(sources: Map<string, number>, source: string, count: number): void {
  const known = sources.get(source)
  if (known === undefined && sources.size >= mostSources) return
  sources.set(source, (known ?? 0) + count)
}

/** Kinds with as many words of which most agree are one kind whose other words vary (Drain: He et al. 2017). */
function joinAlike(kinds: LogKind[]): LogKind[] {
  const sorted = kinds.sort((a, b) => b.count - a.count)
  const buckets = new Map<string, { kind: LogKind; words: string[] }[]>()
  const joined: LogKind[] = []
  for (const kind of sorted) {
    const words = kind.pattern.split(' ')
    const key = `${words.length} ${kind.severity ?? ''} ${words[0]}`
    const bucket = buckets.get(key) ?? []
    buckets.set(key, bucket)
    const like = words.length < 4 ? undefined : bucket.slice(0, 50).find((one) => isAlike(one.words, words))
    if (!like) {
      const own = { ...kind, sources: new Map(kind.sources) }
      bucket.push({ kind: own, words })
      joined.push(own)
      continue
    }
    like.words = like.words.map((word, at) => (word === words[at] ? word : '<*>'))
    const { kind: into } = like
    into.pattern = like.words.join(' ')
    into.count += kind.count
    into.firstMs = Math.min(into.firstMs, kind.firstMs)
    into.lastMs = Math.max(into.lastMs, kind.lastMs)
    for (const [source, count] of kind.sources) addSource(into.sources, source, count)
  }
  return joined.sort((a, b) => b.count - a.count || b.lastMs - a.lastMs)
}

function isAlike(a: readonly string[], b: readonly string[]): boolean {
  let same = 0
  let masked = 0
  for (const [at, word] of a.entries()) {
    if (word === '<*>') masked += 1
    else if (word === b[at]) same += 1
  }
  // A template that is mostly holes says nothing.
  return same / a.length >= 0.7 && (same + masked) / a.length >= 0.7 && same >= 3
}
