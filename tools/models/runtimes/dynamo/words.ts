import type { Engine } from '../../catalogue.ts'
import type { Container, EnvVar } from './wire.ts'

/** Every word of command and arguments; a shell line is split at blanks, and $(NAME), $NAME and ${NAME} become what the environment says. */
export function wordsOf(container: Container, more: readonly EnvVar[] = []): string[] {
  const known = new Map([...more, ...(container.env ?? [])].map(({ name, value }) => [name, value]))
  const lines = [...(container.command ?? []), ...(container.args ?? [])]
  return lines
    .flatMap((line) => (/\s/.test(line) && !line.trimStart().startsWith('{') ? line.split(/\s+/) : [line]))
    .map((word) =>
      word.replace(/\$(?:\((\w+)\)|\{(\w+)\}|(\w+))/g, (whole, a, b, c) => known.get(a ?? b ?? c) ?? whole),
    )
    .map((word) => word.replace(/^(['"])(.*)\1$/, '$2'))
    .filter((word) => word !== '' && word !== '\\')
}

export function argumentOf(words: readonly string[], flag: string): string | undefined {
  for (const [index, word] of words.entries()) {
    if (word.startsWith(`${flag}=`)) return word.slice(flag.length + 1)
    const next = words[index + 1]
    if (word === flag && next !== undefined && !next.startsWith('--')) return next
  }
  return undefined
}

const isPath = (model: string) => model.startsWith('/') || model.startsWith('./')

export interface NamedModel {
  model?: string
  servedModelName?: string
}

/** The model a worker serves, from its words. A path on its disk says little: then what it was `made` for, or the name it is served under. */
export function modelOf(words: readonly string[], made?: string): NamedModel {
  const positional = words[words.indexOf('serve') + 1]
  const given =
    argumentOf(words, '--model') ??
    argumentOf(words, '--model-path') ??
    (words.includes('serve') && positional !== undefined && !positional.startsWith('-') ? positional : undefined)
  const served = argumentOf(words, '--served-model-name') ?? argumentOf(words, '--model-name')
  const model = given === undefined || isPath(given) ? (made ?? served ?? given) : given
  return {
    ...(model !== undefined && { model }),
    ...((served ?? given) !== undefined && { servedModelName: served ?? given! }),
  }
}

const engines = new Map<string, Engine>([
  ['vllm', 'vllm'],
  ['sglang', 'sglang'],
  ['trtllm', 'trtllm'],
])
const images: [RegExp, Engine][] = [
  [/vllm/, 'vllm'],
  [/sglang/, 'sglang'],
  [/tensorrt-?llm|trt-?llm/, 'trtllm'],
]

/** The engine of a worker: from `dynamo.<engine>` in its command, else from its image. A mocker is none. */
export function engineOf(words: readonly string[], image = ''): Engine | undefined {
  const module = words.find((word) => /^dynamo\.\w+$/.test(word))?.slice('dynamo.'.length)
  if (module !== undefined) return engines.get(module)
  return images.find(([pattern]) => pattern.test(image))?.[1]
}

/** `backendFramework` where it is one we know. */
export const knownEngine = (name: string | undefined): Engine | undefined => engines.get(name ?? '')
