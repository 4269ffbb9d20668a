import type { Engine } from '../../catalogue.ts'
import { listOf, recordOf, textOf, textsOf } from './read.ts'

/** What a container says about the engine it runs. */
export interface EngineWords {
  engine: Engine
  /** Hugging Face id or path */
  model?: string
  servedModelName?: string
  port: number
}

/** A value of an option may have blanks too. */
const isShellLine = (line: string, before: string | undefined) =>
  /\s/.test(line) &&
  (/^-\w*c$/.test(before ?? '') || /(^|[\s/])(vllm|trtllm-serve|sglang(\.launch_server)?)\s/.test(line))

/**
 * Every word of command and arguments. A shell line is split at blanks; $(NAME), $NAME and ${NAME} become what the
 * environment of the container says.
 */
export function wordsOf(container: unknown): string[] {
  const { command, args, env } = recordOf(container)
  const known = new Map(
    listOf(env).flatMap((entry) => {
      const { name, value } = recordOf(entry)
      return textOf(name) !== undefined && typeof value === 'string' ? [[textOf(name)!, value] as const] : []
    }),
  )
  return [...textsOf(command), ...textsOf(args)]
    .flatMap((line, index, lines) => (isShellLine(line, lines[index - 1]) ? line.split(/\s+/) : [line]))
    .map((word) =>
      word.replace(/\$(?:\((\w+)\)|\{(\w+)\}|(\w+))/g, (whole, a, b, c) => known.get(a ?? b ?? c) ?? whole),
    )
    .map((word) => word.replace(/^(['"])(.*)\1$/, '$2'))
    .filter((word) => word !== '' && word !== '\\')
}

/** The value of the first of these flags; underscores and hyphens are the same to the engines. */
export function argumentOf(words: readonly string[], ...flags: string[]): string | undefined {
  for (const [index, word] of words.entries()) {
    const [name = '', ...rest] = word.split('=')
    if (!name.startsWith('-') || !flags.includes(name.replaceAll('_', '-'))) continue
    if (rest.length > 0) return rest.join('=')
    const next = words[index + 1]
    if (next !== undefined && !next.startsWith('--')) return next
  }
  return undefined
}

const positional = (words: readonly string[], after: number): string | undefined => {
  const next = after < 0 ? undefined : words[after + 1]
  return next === undefined || next.startsWith('-') ? undefined : next
}

const endsWith = (words: readonly string[], program: string) =>
  words.findIndex((word) => word === program || word.endsWith(`/${program}`))

/** Names of official images and of those that are built like them; routers and proxies of the same projects serve no model. */
const images: [RegExp, Engine][] = [
  [/(^|\/)(vllm|vllm-openai|vllm-[\w-]*(release|cpu|rocm|gaudi|neuron|tpu)[\w-]*)([:@]|$)/, 'vllm'],
  [/(^|\/)sglang([:@]|$)/, 'sglang'],
]

/** The plain engine of a container, from its command or, where its image brings the command, from its image (§1.9 of vLLM, SGLang and TensorRT-LLM's own docs). */
export function engineOf(container: unknown): EngineWords | undefined {
  const words = wordsOf(container)
  const launched = launchedBy(words)
  const { command, image } = recordOf(container)
  const found =
    launched ??
    (textsOf(command).length === 0
      ? images.find(([pattern]) => pattern.test(textOf(image)?.replace(/^[^/]+\.[^/]+\//, '') ?? ''))?.[1]
      : undefined)
  if (found === undefined) return undefined
  const model =
    found === 'sglang'
      ? argumentOf(words, '--model-path', '--model')
      : found === 'trtllm'
        ? positional(words, startOf(words, endsWith(words, 'trtllm-serve')))
        : (argumentOf(words, '--model') ?? positional(words, words.indexOf('serve')) ?? unplaced(words, launched))
  const served = argumentOf(words, '--served-model-name')
  const port = Number(argumentOf(words, '--port'))
  return {
    engine: found,
    ...(model !== undefined && { model }),
    ...(served !== undefined && { servedModelName: served }),
    port: Number.isInteger(port) && port > 0 ? port : found === 'sglang' ? 30_000 : 8000,
  }
}

/** The image's own entrance is `vllm serve`, so its first argument may be the model. */
const unplaced = (words: readonly string[], launched: Engine | undefined) =>
  launched === undefined && words[0] !== undefined && !words[0].startsWith('-') ? words[0] : undefined

/** Newer ones have sub-commands: `trtllm-serve serve M`. */
const startOf = (words: readonly string[], at: number) => (words[at + 1] === 'serve' ? at + 1 : at)

function launchedBy(words: readonly string[]): Engine | undefined {
  if (words.some((word) => /^dynamo\.\w+$/.test(word))) return undefined
  const vllm = endsWith(words, 'vllm')
  if (vllm >= 0 && words[vllm + 1] === 'serve') return 'vllm'
  if (words.some((word) => /^vllm\.entrypoints\.(openai\.api_server|cli\.main)$/.test(word))) return 'vllm'
  if (words.includes('sglang.launch_server')) return 'sglang'
  const sglang = endsWith(words, 'sglang')
  if (sglang >= 0 && words[sglang + 1] === 'serve') return 'sglang'
  if (endsWith(words, 'trtllm-serve') >= 0 || words.includes('tensorrt_llm.commands.serve')) return 'trtllm'
  return undefined
}
