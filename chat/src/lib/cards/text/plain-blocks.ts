import { type Block, facts, list, text } from './blocks.ts'

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isPlain = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value)
const cell = (value: unknown): string =>
  value === undefined || value === null
    ? ''
    : isObject(value) || Array.isArray(value)
      ? JSON.stringify(value)
      : String(value)

/** Data of a shape that nobody described: plain members as facts, lists of objects as tables, the rest as JSON. */
export function plainBlocks(data: Record<string, unknown>): Block[] {
  const members = Object.entries(data).filter(([key, value]) => key !== 'title' && value !== undefined)
  const plain = members.filter(([, value]) => isPlain(value))
  return [
    ...facts(plain.map(([label, value]) => ({ label, value: String(value) }))),
    ...members.filter(([, value]) => !isPlain(value)).flatMap(([title, value]) => membersOf(title, value)),
  ]
}

function membersOf(title: string, value: unknown): Block[] {
  if (Array.isArray(value)) {
    if (value.length > 0 && value.every(isObject)) {
      const head = [...new Set(value.flatMap((one) => Object.keys(one)))]
      return [{ kind: 'table', title, head, rows: value.map((one) => head.map((key) => cell(one[key]))) }]
    }
    return list(value.map(cell), title)
  }
  if (isObject(value) && Object.values(value).every(isPlain))
    return facts(
      Object.entries(value).map(([label, one]) => ({ label, value: String(one) })),
      title,
    )
  return value === null ? [] : text(`${title}: ${JSON.stringify(value)}`)
}
