import type { Marked } from '../../types.ts'
import type { IconName } from '../../ui/icons.ts'

export type GroupId =
  | 'recent'
  | 'approvals'
  | 'here'
  | 'chats'
  | 'resources'
  | 'actions'
  | 'runbooks'
  | 'go'
  | 'view'
  | 'settings'
  | 'ask'

/** A row of the palette. */
export interface Entry {
  id: string
  group: GroupId
  icon: IconName
  title: string
  /** Where what was looked for stands in the title, and in the detail */
  titleMarks?: Marked['marks']
  detail?: string
  detailMarks?: Marked['marks']
  /** Other words people may type for it */
  words?: string
  keys?: string
  run(): unknown
  /** The palette stays open: it asks for more */
  stays?: boolean
  /** Opens it beside the page instead */
  inCanvas?(): void
}

/** What the first character narrows the search to. */
export const scopes = { '>': 'actions', '@': 'resources', '#': 'chats' } as const
export type Scope = (typeof scopes)[keyof typeof scopes]

export interface Query {
  scope?: Scope
  text: string
}

export function readQuery(typed: string): Query {
  const scope = scopes[typed.trimStart()[0] as keyof typeof scopes]
  return scope ? { scope, text: typed.trimStart().slice(1).trim() } : { text: typed.trim() }
}

const allows: Record<Scope, readonly GroupId[]> = {
  actions: ['here', 'actions', 'runbooks', 'view', 'settings', 'go'],
  resources: ['resources'],
  chats: ['recent', 'chats'],
}

export const inScope = (group: GroupId, scope: Scope | undefined): boolean =>
  group === 'ask' || scope === undefined || allows[scope].includes(group)

const plain = (text: string) => text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '')

/** How well a row fits what was typed; 0: not at all. Every word must be found: at the start of the title best. */
export function fitness(typed: string, { title, words = '' }: Pick<Entry, 'title' | 'words'>): number {
  const wanted = plain(typed).split(/\s+/).filter(Boolean)
  const [name, more] = [plain(title), plain(words)]
  let sum = 0
  for (const word of wanted) {
    const at = name.indexOf(word)
    if (at === 0) sum += 8
    else if (at > 0 && /[^\p{L}\p{N}]/u.test(name[at - 1]!)) sum += 6
    else if (at > 0) sum += 3
    else if (more.includes(word)) sum += 2
    else return 0
  }
  return sum / Math.max(1, wanted.length) + 1 / (8 + name.length)
}

/** Rows that fit, the best first; all of them, as they stand, when nothing is typed. */
export function ranked(entries: readonly Entry[], typed: string, most: number): Entry[] {
  if (typed === '') return entries.slice(0, most)
  return entries
    .map((entry) => ({ entry, score: fitness(typed, entry) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, most)
    .map(({ entry }) => entry)
}

const order: GroupId[] = [
  ...(['recent', 'approvals', 'here', 'go', 'view', 'settings', 'chats', 'resources', 'actions', 'runbooks'] as const),
  'ask',
]
/** What is typed is a name more often than a command where nothing narrows it */
const typedOrder: GroupId[] = [
  ...(['here', 'go', 'recent', 'chats', 'resources', 'actions', 'runbooks', 'settings', 'view', 'approvals'] as const),
  'ask',
]
export const orderFor = ({ text }: Query): readonly GroupId[] => (text === '' ? order : typedOrder)

/** Rows in their groups, in the order in which groups are shown. */
export function grouped(entries: readonly Entry[], order: readonly GroupId[]): { group: GroupId; items: Entry[] }[] {
  return order
    .map((group) => ({ group, items: entries.filter((entry) => entry.group === group) }))
    .filter(({ items }) => items.length > 0)
}
