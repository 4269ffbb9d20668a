/** What secrets are called: members of objects, variables, flags, keys in text. */

/**
 * Members whose text is always a secret, in any object of any channel; also as the end of a longer name: `DB_PASSWORD`,
 * `hfToken`. Not so `secret` and `seed`: `hfTokenSecret` is the name of a Secret and `random_seed` a number.
 */
const secretKeys =
  /^(?:secret|seed)$|(?:^|[._/-])(?:password|passwd|pwd|passphrase|passcode|secret[_-]?key(?:[_-]?base)?|token|access[_-]?token|access[_-]?key|refresh[_-]?token|id[_-]?token|bearer[_-]?token|api[_-]?key|authorization|client[_-]?secret|private[_-]?key|client-key-data|client-certificate-data|client_key_data|wallet[_-]?seed|worker[_-]?token|cookie|set-cookie|x-api-key|(?:encryption|signing|master|session|account|storage)[_-]?key|connection[_-]?string)$|pgpassword$/i
const secretCamel =
  /[a-z0-9](?:Password|Passphrase|SecretKey|Token|ApiKey|AccessKey|PrivateKey|ClientSecret|SigningKey|EncryptionKey|ConnectionString)$/
export const isSecretKey = (member: string): boolean => secretKeys.test(member) || secretCamel.test(member)
/** `time_to_first_token` is a time. */
export const isFigure = (member: string, value: unknown): boolean =>
  /(?:token|seed)$/i.test(member) && typeof value === 'string' && /^-?\d{1,9}(?:\.\d+)?$/.test(value)

/** Often the name of a thing, sometimes the thing: only what looks random is masked there. */
const maybeSecret =
  /(?:^|[._/-])(?:secret|credentials?|auth|dsn|signature|sig|seed|salt)$|[a-z0-9](?:Secret|Credentials?|Signature)$/i
export const mayBeSecretKey = (member: string): boolean => maybeSecret.test(member)

/** Environment variables whose literal value may be read: engine switches, never credentials. */
const harmlessEnv =
  /^(DYN|VLLM|NCCL|CUDA|NVIDIA|RAY|OMP|PYTHON|LOG|UCX|SGLANG|TRTLLM|TORCH|TZ|LANG|PATH|HOSTNAME|POD|NODE)(_|$)|_(MODE|PORT|LEVEL|COUNT|SIZE|ENABLED)$/
const secretWord = /(pass|pwd|secret|token|key|credential|auth|seed|dsn|connection|private)/i
export const mayReadEnv = (name: string, value: string): boolean =>
  /^["']?(true|false|-?\d+(\.\d+)?|)["']?$/.test(value) || (harmlessEnv.test(name) && !secretWord.test(name))

/** Ends of names in text, as the source of a regular expression. */
export const secretWords =
  'pass(?:word|wd|phrase|code)|pwd|(?<!token)secret|token|api[-_ ]?key|access[-_]?key|(?:secret|encryption|signing|master|session|account|storage)[-_]?key(?:[-_]base)?|client[-_]key[-_]data|private[-_]?key|seed'

/** An argument whose next one is its value. */
export const secretFlag = new RegExp(`^--?[a-z-]{0,40}(?:${secretWords})$`, 'i')
