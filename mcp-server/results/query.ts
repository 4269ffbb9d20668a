import { ToolError } from '#contract'

export interface ResultQuery {
  /** `status=Running`, with = != > >= < <= or ~ (contains) */
  where?: readonly string[] | undefined
  groupBy?: readonly string[] | undefined
  /** Beside the count: `sum gpus`, with sum, avg, min or max */
  aggregate?: readonly string[] | undefined
  /** `age`, or `-age` for descending */
  sort?: string | undefined
}

type Comparison = '=' | '!=' | '>' | '>=' | '<' | '<=' | '~'
interface Condition {
  field: string
  is: Comparison
  value: string
}

function readCondition(text: string): Condition {
  const [, field, is, value] = /^\s*([^=!<>~\s]+)\s*(!=|>=|<=|=|>|<|~)\s*(.*?)\s*$/.exec(text) ?? []
  if (field === undefined)
    throw new ToolError('invalid-input', `"${text}" is not a condition`, {
      field: 'where',
      next: 'Write field, comparison and value, such as status=Running, restarts>5 or name~qwen',
    })
  return { field, is: is as Comparison, value: value! }
}

type Fold = 'sum' | 'avg' | 'min' | 'max'

function readFold(text: string): { op: Fold; field: string } {
  const [, op, field] = /^\s*(sum|avg|min|max)[\s(]+([^\s()]+)\)?\s*$/.exec(text) ?? []
  if (field === undefined)
    throw new ToolError('invalid-input', `"${text}" is not an aggregate`, {
      field: 'aggregate',
      next: 'Write sum, avg, min or max and a field, such as sum gpus',
    })
  return { op: op as Fold, field }
}

type Item = Record<string, unknown>

/** `labels.zone` reaches into objects; a key that itself has dots is found too. */
export function member(item: Item, field: string): unknown {
  if (field in item) return item[field]
  const dot = field.indexOf('.')
  if (dot < 0) return undefined
  const inner = item[field.slice(0, dot)]
  return inner && typeof inner === 'object' ? member(inner as Item, field.slice(dot + 1)) : undefined
}

const fieldsOf = (items: readonly Item[]) => [...new Set(items.slice(0, 100).flatMap(Object.keys))]

function known(items: readonly Item[], field: string): void {
  if (items.length === 0 || items.some((item) => member(item, field) !== undefined)) return
  throw new ToolError('invalid-input', `No item has a field ${field}`, {
    field,
    next: `Fields: ${fieldsOf(items).join(', ')}`,
    details: { valid: fieldsOf(items) },
  })
}

function compare(a: unknown, b: unknown): number {
  const [x, y] = [Number(a), Number(b)]
  const numbers =
    a !== '' && b !== '' && Number.isFinite(x) && Number.isFinite(y) && typeof a !== 'object' && typeof b !== 'object'
  return numbers ? x - y : String(a ?? '').localeCompare(String(b ?? ''))
}

function matches(item: Item, { field, is, value }: Condition): boolean {
  const found = member(item, field)
  if (is === '~')
    return JSON.stringify(found ?? '')
      .toLowerCase()
      .includes(value.toLowerCase())
  if (found === undefined) return is === '!='
  const order = compare(found, value)
  return { '=': order === 0, '!=': order !== 0, '>': order > 0, '>=': order >= 0, '<': order < 0, '<=': order <= 0 }[is]
}

/** Items that meet every condition, in the order asked for. @throws ToolError invalid-input for a field no item has */
export function select(items: readonly Item[], { where = [], sort }: ResultQuery): Item[] {
  const conditions = where.map(readCondition)
  const by = sort?.replace(/^[-+]/, '')
  for (const { field } of conditions) known(items, field)
  if (by) known(items, by)
  const kept = items.filter((item) => conditions.every((condition) => matches(item, condition)))
  if (!by) return kept
  const direction = sort?.startsWith('-') ? -1 : 1
  return kept.sort((a, b) => direction * compare(member(a, by), member(b, by)))
}

/** One row a group, largest first, with `count` and the aggregates. */
export function aggregate(items: readonly Item[], { groupBy = [], aggregate: asked = [] }: ResultQuery): Item[] {
  const wanted = asked.map(readFold)
  for (const field of [...groupBy, ...wanted.map(({ field }) => field)]) known(items, field)
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const key = JSON.stringify(groupBy.map((field) => member(item, field) ?? null))
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return [...groups.values()]
    .map((group, index) => {
      const row: Item = { id: String(index) }
      for (const field of groupBy) row[field] = member(group[0]!, field) ?? '(none)'
      row.count = group.length
      for (const { op, field } of wanted) {
        const numbers = group.map((item) => Number(member(item, field))).filter(Number.isFinite)
        if (numbers.length > 0) row[`${op} ${field}`] = reduce(op, numbers)
      }
      return row
    })
    .sort((a, b) => (b.count as number) - (a.count as number))
}

function reduce(op: Fold, numbers: number[]): number {
  const sum = numbers.reduce((a, b) => a + b, 0)
  if (op === 'sum') return sum
  // four digits are what a mean is read with
  if (op === 'avg') return Number((sum / numbers.length).toPrecision(4))
  return numbers.reduce((a, b) => (op === 'min' ? Math.min(a, b) : Math.max(a, b)))
}
