import { createHmac } from 'node:crypto'

/** Members whose text is always a secret, in any object of any channel. */
const secretKeys =
  /^(password|passwd|passphrase|secret|secretkey|token|accesstoken|access_token|refreshtoken|refresh_token|idtoken|id_token|bearertoken|apikey|api_key|authorization|clientsecret|client_secret|privatekey|private_key|client-key-data|client-certificate-data|client_key_data|seed|mnemonic|workertoken|cookie|set-cookie|x-api-key)$/i

/** Environment variables whose literal value may be read: engine switches, never credentials. */
const harmlessEnv =
  /^(DYN|VLLM|NCCL|CUDA|NVIDIA|RAY|OMP|PYTHON|LOG|UCX|SGLANG|TRTLLM|TORCH|TZ|LANG|PATH|HOSTNAME|POD|NODE)(_|$)|_(MODE|PORT|LEVEL|COUNT|SIZE|ENABLED)$/
const secretWord = /(pass|secret|token|key|credential|auth|seed|dsn|connection|private)/i

/** Text shapes that are secrets wherever they stand. Group 1 is kept, group 2 replaced. */
const textShapes: readonly RegExp[] = [
  /(-----BEGIN [A-Z ]*PRIVATE KEY-----)([\s\S]*?)(?=-----END|$)/g,
  /\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"']{0,64}:)([^\s@"']{1,200})(?=@)/gi,
  /\b(Bearer\s+|Basic\s+)([A-Za-z0-9._~+/=-]{8,})/gi,
  /()\b(eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)/g,
  /()\b((?:hf|ghp|gho|ghs|glpat|nvapi|sk|xox[abp]|dop_v1)[-_][A-Za-z0-9_-]{16,})/g,
  /()\b(AKIA[0-9A-Z]{16})\b/g,
  /()\b([a-z]{55})\b/g,
  /((?:password|passwd|passphrase|(?<!token)secret|token|api[-_]?key|access[-_]?key|client[-_]key[-_]data|private[-_]?key|authorization|mnemonic|seed)["']?\s*[:=]\s*["']?)((?!\[redacted)[^\s"',;&}\]]{4,})/gi,
]

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
    for (const shape of textShapes)
      output = output.replace(shape, (_, kept: string, secret: string) => kept + masked(secret))
    if (output.includes('value:')) output = envInYaml(output)
    return output
  }

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
      else if (secretKeys.test(member) && typeof value === 'string' && value !== '') next = masked(value)
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
        const next = deep(item)
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
