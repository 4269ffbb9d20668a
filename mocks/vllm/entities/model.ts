const FAMILY =
  'qwen|qwq|llama|meta-llama|mistral|mixtral|ministral|devstral|codestral|deepseek|gemma|phi|gpt-oss|nemotron|nvidia-nemotron|glm|kimi|minimax|bge|whisper|granite|falcon|olmo|yi|command-r|smollm|starcoder|internlm|baichuan|chatglm|tinyllama|vicuna|zephyr|dbrx|jamba|exaone|solar|hermes|e5|nomic-embed'

const WITH_OWNER = /(?<![\w/.-])([a-z0-9][\w.-]*\/[a-z0-9][\w.]*(?:-[\w.]*\w)*)(?![\w/])/gi
const WITH_SIZE = /(?<![\w/.-])([a-z][\w.]*(?:-[\w.]+)*-?\d+(?:\.\d+)?(?:x\d+)?[bm](?:-[\w.]*\w)*)(?![\w/])/gi
const BY_FAMILY = new RegExp(
  `(?<![\\w/.-])((?:${FAMILY})(?:[-.]?\\d[\\w.]*\\w|[-.]?\\d)?(?:-[\\w.]*\\w)*)(?![\\w/-])`,
  'gi',
)
const SPACED = new RegExp(`(?<![\\w/.-])((?:${FAMILY})[-\\s]?\\d*(?:\\.\\d+)?)\\s+(\\d+(?:\\.\\d+)?b)(?![\\w/-])`, 'gi')

/**
 * The model a text names, as written: `Qwen/Qwen3-8B`, `Qwen3-8B`, `Llama-3.1-70B-Instruct`, `gpt-oss-120b`, `qwen3 8b`.
 * A Hugging Face path counts when its second half looks like a model, so that `namespace/pod` does not.
 */
export function readModel(text: string): { raw: string; name: string } | undefined {
  for (const [, path = ''] of text.matchAll(WITH_OWNER)) {
    const name = path.slice(path.indexOf('/') + 1)
    if (looksLikeModel(name)) return { raw: path, name: path }
  }
  for (const pattern of [SPACED, WITH_SIZE, BY_FAMILY]) {
    const found = [...text.matchAll(pattern)].map((hit) => hit[0]).find((name) => looksLikeModel(name))
    if (found) return { raw: found, name: found.replace(/\s+/g, '-') }
  }
  return undefined
}

function looksLikeModel(name: string): boolean {
  if (/-[a-f0-9]{8,10}-[a-z0-9]{5}$/.test(name)) return false
  return /\d(?:\.\d+)?[bm](?:\b|-)/i.test(name) || new RegExp(`^(?:${FAMILY})`, 'i').test(name)
}
