import { ToolError } from '#contract'

/** What may be attached at most: bytes of one file, files of one message. */
export const attachmentLimits = { textBytes: 2 * 1024 * 1024, imageBytes: 5 * 1024 * 1024, files: 10 }

const signatures: [string, readonly number[]][] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/gif', [0x47, 0x49, 0x46, 0x38]],
]
const textTypes: Record<string, string> = {
  yaml: 'application/yaml',
  yml: 'application/yaml',
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  md: 'text/markdown',
  log: 'text/x-log',
}

export const isImage = (mediaType: string) => mediaType.startsWith('image/')

function imageType(bytes: Uint8Array): string | undefined {
  const known = signatures.find(([, start]) => start.every((byte, index) => bytes[index] === byte))?.[0]
  if (known) return known
  const word = (from: number) => String.fromCharCode(...bytes.subarray(from, from + 4))
  return word(0) === 'RIFF' && word(8) === 'WEBP' ? 'image/webp' : undefined
}

function isText(bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

/**
 * The media type by what is inside, not by what the file claims.
 * @throws ToolError unsupported-media-type, payload-too-large, invalid-input
 */
export function typeOf(name: string, bytes: Uint8Array): string {
  if (bytes.length === 0) throw new ToolError('invalid-input', `${name} is empty.`, { next: 'Attach another file.' })
  const image = imageType(bytes)
  const limit = image ? attachmentLimits.imageBytes : attachmentLimits.textBytes
  if (bytes.length > limit)
    throw new ToolError('payload-too-large', `${name} is larger than ${limit / 1024 / 1024} MB.`, {
      next: image ? 'Attach a smaller picture.' : 'Attach the part that matters, or the last lines of a log.',
    })
  if (image) return image
  if (!isText(bytes))
    throw new ToolError('unsupported-media-type', `${name} is neither text nor a picture.`, {
      next: 'Attach YAML, JSON, CSV, a log or other text in UTF-8, or a PNG, JPEG, WebP or GIF.',
    })
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  return textTypes[ending] ?? 'text/plain'
}
