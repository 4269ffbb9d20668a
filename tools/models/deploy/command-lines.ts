import type { KubeObject } from '../../clients/kubernetes/types.ts'

interface ContainerLike {
  command?: unknown
  args?: unknown
}

const isWords = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

/** As a shell would need it. */
const shell = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

/** The command lines that the manifests run, each once, wherever in them containers stand (MOD-028). */
export function commandLines(manifests: readonly KubeObject[]): string[] {
  const found = new Set<string>()
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    const { command, args } = value as ContainerLike
    const words = [...(isWords(command) ? command : []), ...(isWords(args) ? args : [])]
    if (words.length > 1) found.add(words.map(shell).join(' '))
    for (const member of Object.values(value)) walk(member)
  }
  for (const { spec } of manifests) walk(spec)
  return [...found]
}
