/** What one NOTIFY may carry here; PostgreSQL takes 8,000 bytes. */
const wholeBytes = 6_900
/** Base64 makes four bytes of three. */
const partBytes = 5_100

/** Text cut into payloads of NOTIFY. `id` tells the texts of all senders apart and has no space. */
export function toParts(id: string, text: string): string[] {
  const bytes = Buffer.from(text)
  if (bytes.length <= wholeBytes) return [`${id} 0 1 ${text}`]
  const total = Math.ceil(bytes.length / partBytes)
  return Array.from({ length: total }, (_, index) => {
    // base64: a cut may fall into the middle of a character
    const part = bytes.subarray(index * partBytes, (index + 1) * partBytes).toString('base64')
    return `${id} ${index} ${total} ${part}`
  })
}

/** Puts parts together again; what lacks a part (a lost connection) is forgotten when others come. */
export function createAssembler(remembered = 20): (payload: string) => string | undefined {
  const open = new Map<string, Map<number, string>>()
  return (payload) => {
    const [, id = '', index, total, part = ''] = /^(\S+) (\d+) (\d+) (.*)$/s.exec(payload) ?? []
    if (total === '1') return part
    const parts = (open.get(id) ?? new Map<number, string>()).set(Number(index), part)
    open.delete(id)
    if (parts.size === Number(total)) {
      const inOrder = [...parts].sort(([left], [right]) => left - right)
      return Buffer.concat(inOrder.map(([, one]) => Buffer.from(one, 'base64'))).toString()
    }
    open.set(id, parts)
    if (open.size > remembered) open.delete(open.keys().next().value!)
    return undefined
  }
}
