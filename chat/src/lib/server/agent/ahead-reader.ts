import { setImmediate as turn } from 'node:timers/promises'
import type { AheadWords } from './ahead.ts'
import { callRepair } from './sse-repair.ts'

type Field = 'content' | 'reasoning' | 'reasoning_content'

interface Piece {
  field: Field
  text: string
  /** As it came */
  body: { choices: { delta: Record<string, unknown> }[] }
}

/** Until then the SDK waits for words that people have already. Its own patience is counted in tens of seconds. */
const joinMs = 1_000
const tags = ['<think>', '</think>']
const longestTag = 8

/**
 * The server-sent events of a model for the SDK, with neighbouring words joined, while each of them is said ahead. Words after
 * something else, and words that might be the beginning of a tag, go to the SDK at once: it decides whose they are.
 */
export function readAhead(
  body: ReadableStream<Uint8Array>,
  words: AheadWords,
  now: () => number = () => performance.now(),
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  const events = splitEvents()
  const joined = joinEvents(words, now)
  const encoder = new TextEncoder()
  let unread: string[] = []
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (;;) {
        let done = false
        // What came together with the first words lets them go out first
        if (unread.length > 0) await turn()
        else {
          const read = await reader.read()
          done = read.done
          if (read.value) unread = events.read(read.value)
        }
        const ready = done ? joined.end(events.end()) : joined.read(unread)
        if (ready !== '') controller.enqueue(encoder.encode(ready))
        if (done) return controller.close()
        if (ready !== '') return
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

/** Bytes to whole events, without the empty lines between them. */
function splitEvents() {
  let held: Buffer = Buffer.alloc(0)
  let open = ''
  return {
    read(piece: Uint8Array): string[] {
      const fresh = Buffer.from(piece.buffer, piece.byteOffset, piece.length)
      const all = held.length > 0 ? Buffer.concat([held, fresh]) : fresh
      const end = all.lastIndexOf(10) + 1
      held = Buffer.from(all.subarray(end))
      const events = (open + all.toString('utf8', 0, end).replaceAll('\r\n', '\n')).split('\n\n')
      open = events.pop() ?? ''
      return events
    },
    end: () => open + held.toString('utf8'),
  }
}

function joinEvents(words: AheadWords, now: () => number) {
  const repair = callRepair()
  /** Characters of text and thoughts so far; undefined once the SDK may count others */
  let at: number | undefined = 0
  /** What the SDK has last got, when more of the same may follow it ahead */
  let flowing: Field | undefined
  let waiting: Piece | undefined
  let since = 0
  let tail = ''

  const flush = (): string => {
    if (!waiting) return ''
    const { body, field, text } = waiting
    waiting = undefined
    since = now()
    body.choices[0]!.delta[field] = text
    return `data: ${JSON.stringify(body)}\n\n`
  }
  /** Whether the text leaves no doubt: no tag in it, nor the beginning of one. */
  const isPlain = ({ field, text }: Piece): boolean => {
    if (field !== 'content') return true
    const seen = tail + text
    tail = seen.slice(1 - longestTag)
    if (tags.some((tag) => seen.includes(tag))) at = undefined
    return at !== undefined && !tags.some((tag) => endsWithStart(seen, tag))
  }
  const one = (event: string): string => {
    const read = at === undefined ? undefined : pieceOf(event)
    if (read === undefined || read === 'unknown' || at === undefined) {
      if (read === 'unknown') at = undefined
      const before = flush()
      flowing = undefined
      return `${before}${event.includes('tool_calls') ? event.split('\n').map(repair).join('\n') : event}\n\n`
    }
    const start = at
    at += read.text.length
    const plain = isPlain(read)
    if (!plain || flowing !== read.field) {
      const before = flush()
      flowing = plain ? read.field : undefined
      since = now()
      return `${before}${event}\n\n`
    }
    words.say(start, read.text)
    waiting = { ...read, text: (waiting?.text ?? '') + read.text }
    return now() - since < joinMs ? '' : flush()
  }
  return {
    /** Takes the events out; the first words of an answer are the last ones that are taken at once. */
    read(events: string[]): string {
      let ready = ''
      let count = 0
      while (count < events.length) {
        const before = at
        ready += one(events[count++]!)
        if (before === 0 && at !== 0) break
      }
      events.splice(0, count)
      return ready
    },
    end: (rest: string): string => flush() + rest,
  }
}

const endsWithStart = (text: string, tag: string): boolean => {
  for (let length = Math.min(text.length, tag.length - 1); length > 0; length--)
    if (text.endsWith(tag.slice(0, length))) return true
  return false
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)

/**
 * The words of an event that holds nothing else. Undefined where there are none, `unknown` where the SDK may read words that
 * cannot be counted here.
 */
function pieceOf(event: string): Piece | 'unknown' | undefined {
  if (!event.startsWith('data:') || event.includes('\n')) return event.includes('data:') ? 'unknown' : undefined
  const data = event.slice(5).trim()
  if (data === '' || data === '[DONE]') return undefined
  let body: { choices?: { index?: number; delta?: Record<string, unknown> | null; finish_reason?: unknown }[] }
  try {
    body = JSON.parse(data)
  } catch {
    return 'unknown'
  }
  const [choice, ...others] = body?.choices ?? []
  if (!choice?.delta) return undefined
  const { role: _role, content, reasoning, reasoning_content, tool_calls, ...rest } = choice.delta
  const thought = reasoning_content ?? reasoning
  if (isEmpty(content) && isEmpty(thought)) return isEmpty(rest.refusal) ? undefined : 'unknown'
  const isAlone =
    others.length === 0 &&
    isEmpty(choice.finish_reason) &&
    isEmpty(tool_calls) &&
    Object.values(rest).every(isEmpty) &&
    isEmpty(content) !== isEmpty(thought)
  const text = isEmpty(content) ? thought : content
  if (!isAlone || typeof text !== 'string') return 'unknown'
  const field = !isEmpty(content) ? 'content' : isEmpty(reasoning_content) ? 'reasoning' : 'reasoning_content'
  return { field, text, body: body as Piece['body'] }
}
