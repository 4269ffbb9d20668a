import { createHmac } from 'node:crypto'

/**
 * Members whose text is always a secret, in any object of any channel; also as the end of a longer name: `DB_PASSWORD`,
 * `hfToken`. Not so `secret` and `seed`: `hfTokenSecret` is the name of a Secret and `random_seed` a number.
 */
const secretKeys =
  /^(?:secret|seed)$|(?:^|[._/-])(?:password|passwd|passphrase|secret[_-]?key|token|access[_-]?token|access[_-]?key|refresh[_-]?token|id[_-]?token|bearer[_-]?token|api[_-]?key|authorization|client[_-]?secret|private[_-]?key|client-key-data|client-certificate-data|client_key_data|wallet[_-]?seed|mnemonic|worker[_-]?token|cookie|set-cookie|x-api-key)$/i
const secretCamel = /[a-z0-9](?:Password|Passphrase|SecretKey|Token|ApiKey|AccessKey|PrivateKey)$/
const isSecretKey = (member: string): boolean => secretKeys.test(member) || secretCamel.test(member)

/** Environment variables whose literal value may be read: engine switches, never credentials. */
const harmlessEnv =
  /^(DYN|VLLM|NCCL|CUDA|NVIDIA|RAY|OMP|PYTHON|LOG|UCX|SGLANG|TRTLLM|TORCH|TZ|LANG|PATH|HOSTNAME|POD|NODE)(_|$)|_(MODE|PORT|LEVEL|COUNT|SIZE|ENABLED)$/
const secretWord = /(pass|secret|token|key|credential|auth|seed|dsn|connection|private)/i

const words =
  'password|passwd|passphrase|(?<!token)secret|token|api[-_]?key|access[-_]?key|client[-_]key[-_]data|private[-_]?key|authorization|mnemonic|seed'

/**
 * Text shapes that are secrets wherever they stand. Group 1 is kept, group 2 replaced. A text may have been cut within
 * a secret: then its mark (…) or the end of the text stands where the shape would end. Digits may have become #, where
 * a tool counts equal messages.
 */
const textShapes: readonly RegExp[] = [
  /(-----BEGIN [A-Z ]*PRIVATE KEY-----)([\s\S]*?)(?=-----END|$)/g,
  /\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"']{0,64}:)([^\s@"']{1,200})(?=@)/gi,
  /\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"']{0,64}:)((?!\d{1,5}(?:…|$)|\[redacted)[^\s@"'/?#…]{1,200})(?=…|$)/gi,
  /\b(Bearer\s+|Basic\s+)((?!\[redacted)[A-Za-z0-9._~+/=#-]{8,})/gi,
  /()\b(eyJ[A-Za-z0-9_#-]{8,}(?:\.[A-Za-z0-9_#-]{8,}\.[A-Za-z0-9_#-]*|[A-Za-z0-9_.#-]*(?=…)))/g,
  /()\b((?:hf|ghp|gho|ghs|glpat|nvapi|sk|xox[abp]|dop_v1)[-_](?:[A-Za-z0-9_#-]{16,}|[A-Za-z0-9_#-]{4,}(?=…)))/g,
  /()\b(AKIA[0-9A-Z]{16})\b/g,
  /()\b([a-z]{55})\b/g,
  /(kubectl\.kubernetes\.io\/last-applied-configuration["'\\]*\s*:\s*(?:[|>][-+]?\s*\n[ +-]*)?)((?!\[re)[^\n]+)/g,
  /((?:set-)?cookie["'\\]*\s*:\s*["'\\]*)((?!\[redacted)[^\n"'\\]{4,})/gi,
  new RegExp(`((?:${words})["'\\\\]*\\s*[:=]\\s*["'\\\\]*)((?!\\[redacted)[^\\s"'\\\\,;&}\\]]{4,})`, 'gi'),
  // a name and its value as two texts of a list: ["api_key","X"]
  new RegExp(`((?:${words})["'\\\\]+\\s*,\\s*["'\\\\]+)((?!\\[redacted)[^\\s"'\\\\,]{4,})`, 'gi'),
  // a flag and its value, apart: --api-key X, and one below the other as YAML and JSON list arguments
  new RegExp(
    `((?<![a-z-])--?[a-z-]{0,40}(?:${words})["'\\\\]*,?[\\s+]+(?:- *)?["'\\\\]*)((?!\\[redacted|\\d+(?:\\s|$)|-)[^\\s"'\\\\,]{4,})`,
    'gi',
  ),
]
/** What every shape above has in it: most texts have none of it, and one look is enough. */
const suspicious = new RegExp(
  `:\\/\\/|bearer\\s|basic\\s|eyJ|AKIA|[a-z]{55}|PRIVATE KEY|last-applied|cookie|(?:hf|gh[pos]|glpat|nvapi|sk|xox[abp]|dop_v1)[-_]|${words}`,
  'i',
)
/** A Secret as YAML or JSON text. */
const secretKind = /(?:^|[\s{,"'+-])kind["']?\s*:\s*["']?Secret["']?(?=\s|,|\}|$)/
/** An argument whose next one is its value. */
const secretFlag = new RegExp(`^--?[a-z-]{0,40}(?:${words})$`, 'i')

export interface Redactor {
  /** Deep copy without secrets; what has none comes back as it was */
  value<T>(value: T): T
  text(text: string): string
  /** A secret that became known later, such as one read from a file */
  learn(secret: string): void
}

/** Shorter texts would be masked inside ordinary words. */
const long = (secret: string) => secret.length >= 6

/**
 * The gate every answer, event, audit row and log line passes. A keyed hash stands in for a secret, so that two
 * equal ones can still be seen to be equal. `literals` are secrets known from the configuration.
 */
export function createRedactor({ key, literals = [] }: { key: string; literals?: readonly string[] }): Redactor {
  const known = new Set(literals.filter(long))
  const mark = (secret: string) => `[redacted:${createHmac('sha256', key).update(secret).digest('hex').slice(0, 8)}]`
  const masked = (secret: string) => (secret.startsWith('[redacted:') ? secret : mark(secret))

  function text(input: string): string {
    if (input.length < 4) return input
    let output = input
    for (const literal of known) if (output.includes(literal)) output = output.replaceAll(literal, mark(literal))
    if (secretKind.test(output)) output = secretsInManifest(output)
    if (!suspicious.test(output)) return output.includes('value:') ? envInYaml(output) : output
    for (const shape of textShapes)
      output = output.replace(shape, (_, kept: string, secret: string) => kept + masked(secret))
    if (output.includes('value:')) output = envInYaml(output)
    return output
  }

  /** The values under data and stringData of a Secret in a YAML or JSON text, whatever its keys are called. */
  function secretsInManifest(input: string): string {
    const value = (whole: string, head: string, secret: string) => (secret === '' ? whole : head + masked(secret))
    const lines = (block: string) => block.replace(/^([ \t+-]*[^\s:#[][^:\n]*:[ \t]*)(\S.*)$/gm, value)
    const members = (block: string) => block.replace(/("[^"]*"\s*:\s*")((?:[^"\\]|\\.)*)/g, value)
    return input
      .split(/^(?=---)/m)
      .map((document) =>
        secretKind.test(document)
          ? document
              .replace(
                /("(?:data|stringData)"\s*:\s*\{)([^}]*)/g,
                (_, head: string, block: string) => head + members(block),
              )
              .replace(
                /^([ \t+-]*(?:data|stringData):[ \t]*\{)([^}\n]*)/gm,
                (_, head: string, block: string) => head + masked(block),
              )
              .replace(
                /^([ \t+-]*)((?:data|stringData):[ \t]*\n)((?:(?:\1[ \t]+.*|[ \t]*)(?:\n|$))+)/gm,
                (_, indent: string, head: string, block: string) => indent + head + blockScalars(lines(block)),
              )
          : document,
      )
      .join('')
  }

  /** What follows `key: |` is a value of several lines. */
  const blockScalars = (block: string): string =>
    block.replace(/^([ \t+-]*)(\S.*)$/gm, (line: string, lead: string, rest: string) =>
      /^[^\s:#][^:\n]*:[ \t]*\[redacted:/.test(rest) ? line : lead + masked(rest),
    )

  /** `- name: X` followed by `value: Y`, as YAML manifests and diffs have it. */
  function envInYaml(input: string): string {
    return input.replace(
      /^([ +-]*- name: *["']?)([A-Za-z_][A-Za-z0-9_]*)(["']?\s*\n[ +-]*value: *)(\S.*)$/gm,
      (whole, head: string, name: string, middle: string, value: string) =>
        mayRead(name, value) ? whole : `${head}${name}${middle}${masked(value)}`,
    )
  }

  const mayRead = (name: string, value: string) =>
    /^["']?(true|false|-?\d+(\.\d+)?|)["']?$/.test(value) || (harmlessEnv.test(name) && !secretWord.test(name))

  function all(value: unknown): unknown {
    if (typeof value === 'string') return masked(value)
    if (Array.isArray(value)) return value.map(all)
    if (value && typeof value === 'object')
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, all(v)]))
    return value
  }

  function object(input: Record<string, unknown>): Record<string, unknown> {
    const isSecret = input.kind === 'Secret'
    const isEnv =
      typeof input.name === 'string' &&
      typeof input.value === 'string' &&
      /^[A-Za-z_][A-Za-z0-9_]*$/.test(input.name) &&
      Object.keys(input).length === 2
    let changed: Record<string, unknown> | undefined
    for (const [member, value] of Object.entries(input)) {
      let next: unknown
      if (isSecret && (member === 'data' || member === 'stringData')) next = all(value)
      else if (member === 'kubectl.kubernetes.io/last-applied-configuration') next = '[removed]'
      else if (isEnv && member === 'value')
        next = mayRead(input.name as string, value as string) ? value : masked(value as string)
      else if (isSecretKey(member) && typeof value === 'string' && value !== '') next = masked(value)
      else next = deep(value)
      if (next !== value) changed = { ...(changed ?? input), [member]: next }
    }
    return changed ?? input
  }

  function deep(value: unknown): unknown {
    if (typeof value === 'string') return text(value)
    if (Array.isArray(value)) {
      let changed: unknown[] | undefined
      for (const [index, item] of value.entries()) {
        const before: unknown = value[index - 1]
        const isValue =
          typeof item === 'string' && !/^(-.*|\d+)$/.test(item) && typeof before === 'string' && secretFlag.test(before)
        const next = isValue ? masked(item) : deep(item)
        if (next === item) continue
        changed = changed ?? [...value]
        changed[index] = next
      }
      return changed ?? value
    }
    if (value && typeof value === 'object' && !(value instanceof Date)) return object(value as Record<string, unknown>)
    return value
  }

  return {
    value: <T>(value: T) => deep(value) as T,
    text,
    learn: (secret) => {
      if (long(secret)) known.add(secret)
    },
  }
}
