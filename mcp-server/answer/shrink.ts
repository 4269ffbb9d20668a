type Path = (string | number)[]

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '')

/** Members below this are facts rather than bulk: identifiers, states, numbers. */
const bulkCharacters = 64
const bulkMembers = 24

/** Cut on a line where there is one; says what was left out. */
export function cutText(text: string, keep: number): string {
  const at = text.lastIndexOf('\n', keep)
  const kept = text.slice(0, at > keep / 2 ? at : keep).replace(/[\uD800-\uDBFF]$/, '')
  return `${kept}\n… cut: ${kept.length} of ${text.length} characters shown`
}

/** The text in at most so many bytes of UTF-8. */
export function cutToBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text
  let keep = maxBytes
  while (keep > 0 && Buffer.byteLength(cutText(text, keep)) > maxBytes) keep = Math.floor(keep * 0.9)
  return cutText(text, keep)
}

interface Bulk {
  text?: { path: Path; characters: number }
  list?: { path: Path; bytes: number }
}

/** The longest text and the largest list or record, each by its path. */
function bulkIn(value: unknown): Bulk {
  const found: Bulk = {}
  const visit = (one: unknown, path: Path): void => {
    if (typeof one === 'string') {
      if (one.length >= bulkCharacters && one.length > (found.text?.characters ?? 0))
        found.text = { path, characters: one.length }
      return
    }
    if (one === null || typeof one !== 'object') return
    const isList = Array.isArray(one)
    if (isList ? one.length > 1 : Object.keys(one).length > bulkMembers) {
      const bytes = bytesOf(one)
      if (bytes > (found.list?.bytes ?? 0)) found.list = { path, bytes }
    }
    for (const [key, member] of Object.entries(one)) visit(member, [...path, isList ? Number(key) : key])
  }
  visit(value, [])
  return found
}

function replaced(value: unknown, [head, ...rest]: Path, change: (member: unknown) => unknown): unknown {
  if (head === undefined) return change(value)
  if (Array.isArray(value)) return value.map((item, index) => (index === head ? replaced(item, rest, change) : item))
  const object = value as Record<string, unknown>
  return { ...object, [head]: replaced(object[head], rest, change) }
}

const halved = (member: unknown): unknown =>
  Array.isArray(member)
    ? member.slice(0, Math.ceil(member.length / 2))
    : Object.fromEntries(Object.entries(member as object).slice(0, bulkMembers))

/**
 * The value in at most so many bytes of JSON: the longest texts are cut first, then lists lose their end. Texts say
 * what they lost; the caller says that something is missing.
 */
export function shrink<T>(value: T, maxBytes: number): T {
  let shrunk: unknown = value
  for (let round = 0; round < 400 && bytesOf(shrunk) > maxBytes; round++) {
    const { text, list } = bulkIn(shrunk)
    if (text && (text.characters > 400 || !list)) {
      const keep = Math.max(bulkCharacters / 2, Math.floor(text.characters * 0.6))
      shrunk = replaced(shrunk, text.path, (member) => {
        const cut = cutText(member as string, keep)
        // the note itself has a length: short texts are cut without it
        return cut.length < (member as string).length ? cut : (member as string).slice(0, keep)
      })
    } else if (list) shrunk = replaced(shrunk, list.path, halved)
    else break
  }
  return shrunk as T
}
