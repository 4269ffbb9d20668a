/** FNV-1a with a final avalanche: 32 well-mixed bits of a text. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** A number in [0, 1) that depends on the text alone. */
export function unitOf(text: string): number {
  return hash32(text) / 0x1_0000_0000
}

/** An integer in [low, high] that depends on the text alone. */
export function integerOf(text: string, low: number, high: number): number {
  return low + Math.floor(unitOf(text) * (high - low + 1))
}

export function pickOf<T>(text: string, items: readonly T[]): T {
  const item = items[Math.floor(unitOf(text) * items.length)]
  if (item === undefined) throw new Error('nothing to pick from')
  return item
}

/** `length` characters of Kubernetes' own alphabet for generated names (no vowels, nothing that looks like another). */
export function nameSuffix(text: string, length: number): string {
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789'
  let suffix = ''
  for (let index = 0; index < length; index++) suffix += alphabet[hash32(`${text}/${index}`) % alphabet.length]
  return suffix
}

export function hexOf(text: string, length: number): string {
  let hex = ''
  for (let index = 0; hex.length < length; index++) hex += hash32(`${text}#${index}`).toString(16).padStart(8, '0')
  return hex.slice(0, length)
}

/** A version 4 UUID that depends on the text alone. */
export function uuidOf(text: string): string {
  const hex = hexOf(text, 32)
  const variant = '89ab'[hash32(`${text}!`) % 4]
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** Value noise in [-1, 1]: smooth in time, a pure function of (key, time), with features about one period long. */
export function noise(key: string, atMs: number, periodMs: number): number {
  const position = atMs / periodMs
  const cell = Math.floor(position)
  const fraction = position - cell
  const eased = fraction * fraction * (3 - 2 * fraction)
  const from = unitOf(`${key}@${cell}`)
  const to = unitOf(`${key}@${cell + 1}`)
  return (from + (to - from) * eased) * 2 - 1
}
