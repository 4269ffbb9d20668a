import type { ExportedTurn } from '../export/turns.ts'

const ipv4 = /\b(?:\d{1,3}\.){3}\d{1,3}\b/g
const ipv6 = /\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}\b/gi
const mail = /\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/g
const shortest = 3

/** Members of rows whose values name things of the fleet, and what they are called instead. */
const naming: Record<string, string> = {
  cluster: 'cluster',
  node: 'node',
  nodeName: 'node',
  hostname: 'node',
  host: 'node',
  pod: 'pod',
  namespace: 'namespace',
}

interface Hidden {
  name: string
  instead: string
}

/** Names of clusters, nodes, pods and namespaces as they stand in the cards. The same name gets the same word everywhere. */
function namesIn(turns: readonly ExportedTurn[], clusters: readonly string[]): Hidden[] {
  const instead = new Map<string, string>()
  const count = new Map<string, number>()
  const add = (name: unknown, kind: string) => {
    if (typeof name !== 'string' || name.length < shortest || everywhere.has(name) || instead.has(name)) return
    const number = (count.get(kind) ?? 0) + 1
    count.set(kind, number)
    instead.set(name, `${kind}-${number}`)
  }
  for (const cluster of clusters) add(cluster, 'cluster')
  const look = (value: unknown, card: string): void => {
    if (Array.isArray(value)) for (const item of value) look(item, card)
    else if (typeof value === 'object' && value !== null)
      for (const [key, member] of Object.entries(value)) {
        const kind = naming[key] ?? (key === 'name' && card === 'nodes' ? 'node' : undefined)
        if (kind) add(member, kind)
        look(member, card)
      }
  }
  for (const { calls } of turns)
    for (const { input, answer } of calls) {
      look(input, '')
      if (answer) look(answer, answer.card)
    }
  // Longer names first: one may stand inside another
  return [...instead].map(([name, word]) => ({ name, instead: word })).sort((a, b) => b.name.length - a.name.length)
}

/** Members that choose how something is drawn, not names. */
const drawing = new Set(['card', 'type', 'state', 'tone', 'severity', 'status', 'kind', 'key', 'role', 'at', 'unit'])
/** Namespaces that every cluster has tell nothing, and as words they stand everywhere. */
const everywhere = new Set(['default', 'kube-system', 'kube-public', 'monitoring', 'all'])

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

function inEveryText<T>(value: T, change: (text: string) => string): T {
  if (typeof value === 'string') return change(value) as T
  if (Array.isArray(value)) return value.map((item) => inEveryText(item, change)) as T
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [
        change(key),
        drawing.has(key) ? member : inEveryText(member, change),
      ]),
    ) as T
  return value
}

/** Addresses and mails are always taken out; names of the fleet where that is wanted. */
export function hide<T extends { turns: ExportedTurn[]; title: string }>(
  shared: T,
  { names, clusters, people }: { names: boolean; clusters: readonly string[]; people: readonly string[] },
): T {
  const hidden = [
    ...(names ? namesIn(shared.turns, clusters) : []),
    ...people.filter((name) => name.length >= shortest).map((name) => ({ name, instead: 'somebody' })),
  ]
  const words = new Map(hidden.map(({ name, instead }) => [name, instead]))
  const pattern =
    hidden.length === 0
      ? undefined
      : new RegExp(`(?<![\\w-])(?:${hidden.map(({ name }) => escaped(name)).join('|')})(?![\\w]|-[a-z0-9])`, 'g')
  return inEveryText(shared, (text) => {
    const named = pattern ? text.replace(pattern, (name) => words.get(name) ?? name) : text
    return named.replace(mail, '[mail]').replace(ipv6, '[address]').replace(ipv4, '[address]')
  })
}
