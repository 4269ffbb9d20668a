export type Severity = 'error' | 'warn' | 'info' | 'debug'

const words: Record<string, Severity> = {
  trace: 'debug',
  debug: 'debug',
  dbug: 'debug',
  verbose: 'debug',
  info: 'info',
  information: 'info',
  informational: 'info',
  notice: 'info',
  ok: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  err: 'error',
  eror: 'error',
  severe: 'error',
  critical: 'error',
  crit: 'error',
  fatal: 'error',
  panic: 'error',
  dpanic: 'error',
  alert: 'error',
  emerg: 'error',
  emergency: 'error',
}
const ofWord = (word: string | undefined): Severity | undefined => words[(word ?? '').toLowerCase()]

/** pino and bunyan count by tens, syslog from 0 to 7. */
const ofNumber = (level: number): Severity | undefined =>
  level >= 10 && level <= 60
    ? level >= 50
      ? 'error'
      : level >= 40
        ? 'warn'
        : level >= 30
          ? 'info'
          : 'debug'
    : undefined

const key =
  /(?:^|[\s,{"'[(])"?(?:level|lvl|severity|log\.level|severity_text|levelname|loglevel)"?\s*[:=]\s*"?([A-Za-z]+|\d{2})\b/i
const klog = /^([IWEF])\d{4} \d\d:\d\d:\d\d/
/**
 * `2026-11-20 12:00:00,123 ERROR …`, `ERROR 11-20 …`, `[error] …`, `(raylet) [WARNING] …`, `web: error …`. No two ways to read one
 * character: a hostile line must not take time.
 */
const leading =
  /^(?:[\s\d:.,+\-/|]|(?<=\d)[TZ]|\([\w ,.=-]+\)|(?<![\dA-Za-z])[A-Za-z][\w.-]*:(?=\s))*[[<(]?\s*(TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERR(?:OR)?|FATAL|CRIT(?:ICAL)?|PANIC|SEVERE|EMERG)\b/i
/** What a program says when it dies, whatever level it thinks it has. */
const death =
  /^(?:Traceback \(most recent call last\)|panic: |fatal error: |goroutine \d+ \[running\]|(?:[\w$]+\.)*[A-Z][\w$]*(?:Error|Exception|Panic)\b(?:: |$)|Caused by: |Exception in thread|FATAL:)|Segmentation fault|core dumped|Out of memory: Killed|\bNVRM: Xid\b|\bOOMKilled\b|CUDA error|CUDA out of memory/
/** `0 errors`, `errors=0`, `no error`, `error: null`, `without errors`: the absence of what it names. */
const harmless =
  /\b(?:0|no|zero|without(?: any)?|not an?|non-?)[ -](?:\w+ )?(?:errors?|failures?|warnings?|exceptions?|failed)\b|\b(?:errors?|failures?|failed|warnings?|exceptions?|err)(?:_count|_total|s)?["']?\s*[:=]\s*["']?(?:0(?:\.0+)?\b|null|nil|none|false|""|''|<nil>|\[\]|-?(?=[\s,}]|$))/gi
const badWord =
  /\b(?:error|errors|fail(?:ed|ure|ures)?|fatal|exception|panic(?:ked)?|crash(?:ed)?|denied|refused|unreachable|timed out|unauthorized)\b/i
const warnWord = /\b(?:warn(?:ing)?s?|deprecated|retry(?:ing)?|throttl(?:ed|ing))\b/i

/**
 * How bad a line is. What it says of itself counts first (JSON, logfmt, klog, a leading word), then what only dying programs say, then
 * what the stream says, at last its words: "0 errors" is no error, whatever Loki's own guess (`detected_level`) makes of it.
 */
export function severityOf(line: string, stream: Readonly<Record<string, string>> = {}): Severity | undefined {
  const head = line.slice(0, 600).replace(/\p{Cc}\[[\d;]*m/gu, '')
  const named = key.exec(head)?.[1]
  const own =
    (named && (ofWord(named) ?? ofNumber(Number(named)))) ||
    klogOf(head) ||
    ofWord(leading.exec(head.slice(0, 120))?.[1]) ||
    (death.test(head) ? 'error' : undefined)
  if (own) return own === 'info' && death.test(head) ? 'error' : own
  const labelled = ofWord(stream.level ?? stream.severity)
  if (labelled) return labelled
  const rest = head.replace(harmless, '')
  if (badWord.test(rest)) return 'error'
  if (warnWord.test(rest)) return 'warn'
  const guessed = ofWord(stream.detected_level)
  return guessed === 'error' || guessed === 'warn' ? undefined : guessed
}

function klogOf(line: string): Severity | undefined {
  const letter = klog.exec(line)?.[1]
  return letter === undefined ? undefined : letter === 'I' ? 'info' : letter === 'W' ? 'warn' : 'error'
}
