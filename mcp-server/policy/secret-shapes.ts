import { looksRandom } from './random-text.ts'
import { secretWords as words } from './secret-names.ts'

/** Replaces a secret by what stands in for it. */
export type Mask = (secret: string) => string

interface Shape {
  /** What the text has in it where the shape may be, in small letters; looked for first, as that is much faster */
  needles: readonly string[]
  pattern: RegExp
  replace(mask: Mask): (whole: string, ...groups: never[]) => string
}

/** Group 1 stays, group 2 is the secret. */
const shape = (needles: string, pattern: RegExp): Shape => ({
  needles: needles.split(' '),
  pattern,
  replace: (mask) => (_, kept: string, secret: string) => kept + mask(secret),
})

/**
 * A token with a beginning of its own. A text may have been cut within it: then its mark (…) ends it, or the end of a text that is
 * long enough to have been cut. Digits may have become #, where a tool counts equal messages.
 */
const token = (
  needles: string,
  beginnings: string,
  { body = '[A-Za-z0-9_#-]', least = 16, tail = '' } = {},
): Shape => ({
  needles: needles.split(' '),
  pattern: new RegExp(`\\b(?:${beginnings})(?:${body}{${least},}|${body}{4,}(?=…|$|\\.))${tail}`, 'g'),
  replace: (mask) => (whole: string, at: number, text: string) =>
    at >= 80 || whole.length >= least + 3 || text.charAt(at + whole.length) === '…' ? mask(whole) : whole,
})

const unmasked = '(?!\\[redacted)'
const separator = [
  // password: X, password=X, :password=>"X", password%3DX, and the first line below `password: |`
  `["'\\\\\\]]*[ \\t]*(?:=>|[:=]|%[3#][ad])[ \\t]*(?:[|>][-+]?\\s+)?`,
  // a name and its value as two texts of a list: ["api_key","X"]
  `["'\\\\]+\\s*,\\s*(?=["'\\\\])`,
  // <password>X</password>
  '(?<=<[\\w:.-]{0,60})>',
  // a flag and its value, apart: --api-key X, and one below the other as YAML and JSON list arguments
  `(?<=(?:^|[^a-z-])--?[a-z-]{0,60})["'\\\\]*,?[\\s+]+(?:- *)?(?!-|["'\\\\]*\\d+["'\\\\]*(?:\\s|$))`,
].join('|')
const harmless =
  /^(?:true|false|null|none|nil|undefined|valueFrom|string|number|boolean|object|optional|required|missing|expired|invalid|empty|unset|unknown|revoked|rejected|denied|failed|error)(?=[\s.,;:)]|$)/i
/** Counts and times of tokens, and numbers that a generator begins with */
const figure = /^-?\d{1,9}(?:\.\d+)?(?:[a-zµ%]{1,2})?[,.]?$/

/** `name = value` in every notation: up to the quote that ends it where one begins it, or else one word. */
const pair: Shape = {
  needles: [''],
  pattern: new RegExp(
    `((${words})(?:${separator}))${unmasked}(?:(\\\\{0,6}["'\`])${unmasked}(?:([^\\n]{0,400}?)\\3|([^\\n]{1,400}))|([^\\s"'\`\\\\,;&}\\])<>]{4,}))`,
    'gi',
  ),
  replace:
    (mask) =>
    (
      whole: string,
      head: string,
      name: string,
      quote: string | undefined,
      closed: string | undefined,
      open: string | undefined,
      bare: string | undefined,
    ) => {
      const secret = closed ?? open ?? bare ?? ''
      if (secret.length < 4 || harmless.test(secret)) return whole
      if (/^(?:token|seed)$/i.test(name) && figure.test(secret)) return whole
      return `${head}${quote ?? ''}${mask(secret)}${closed === undefined ? '' : quote}`
    },
}

const schemes = 'Bearer|Basic|Token|Api-?Key|Digest|Negotiate|NTLM|Key|OAuth|SSWS|Splunk|GoogleLogin'

/** Shapes that are secrets wherever they stand; names before values, as a value may have a shape of its own. */
const shapes: readonly Shape[] = [
  shape('private key', /(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)([\s\S]*?)(?=-----END|$)/g),
  shape(
    'last-applied',
    /(kubectl\.kubernetes\.io\/last-applied-configuration["'\\]*\s*:\s*(?:[|>][-+]?\s*\n[ +-]*)?)((?!\[re)[^\n]+)/g,
  ),
  shape(
    'cookie',
    /(cookie["'\\]*\s*[:=]\s*["'\\]*)((?!\[redacted)[^\s;,"'\\]{4,}(?:; *[^\s;=,"'\\]{1,80}(?:=[^\s;,"'\\]*)?){0,40})/gi,
  ),
  shape(
    'authorization',
    new RegExp(`(authorization["'\\\\]*\\s*[:=]\\s*["'\\\\]*(?:${schemes})\\s+)(${unmasked}[^\\s"'\\\\,]{4,})`, 'gi'),
  ),
  // a scheme that we do not know may be one word more
  shape(
    'authorization',
    new RegExp(
      `(authorization["'\\\\]*\\s*[:=]\\s*["'\\\\]*)(${unmasked}(?!(?:${schemes})\\s)[^\\s"'\\\\,]{4,}(?:[ \\t]+[^\\s"'\\\\,:=[]{12,}(?![:=\\w-]))?)`,
      'gi',
    ),
  ),
  // "bearer tokens" and "basic authentication" are words
  shape(
    'bearer basic',
    /\b((?:[Bb]earer|BEARER|[Bb]asic|BASIC)\s+)((?!\[redacted)(?=[A-Za-z._~-]{0,200}[0-9+/=#]|[a-z._~-]{0,200}[A-Z]|[^\s]{24})[A-Za-z0-9._~+/=#-]{8,})/g,
  ),
  shape(
    'mnemonic phrase',
    /((?:mnemonic|seed phrase|recovery phrase)["'\\]*\s*[:=]?\s*["'\\]*)((?:[a-z]{3,8}[ ,]{1,2}){5,23}[a-z]{3,8})\b/gi,
  ),
  pair,
  // SQL and .netrc: PASSWORD 'X', IDENTIFIED BY 'X', login app password X
  shape('password identified', /((?:\bpassword|\bidentified by)\s+["'])((?!\[redacted)[^"'\n]{4,200})/gi),
  shape('login', /(\blogin\s+\S{1,100}\s+password\s+)((?!\[redacted)\S{4,})/gi),
  shape('-u --user', /((?:^|\s)(?:-u|--user)[\s=]+["']?[^\s:"']{1,64}:)((?!\[redacted)[^\s"']{4,})/gim),
  shape('auth', /(["']auth["'\\]*\s*:\s*["'\\]*)((?!\[redacted)[A-Za-z0-9+/=_-]{12,})/gi),
  shape(
    'credential',
    /(credentials?["'\\]*[ \t]*[:=][ \t]*["'\\]*)((?!\[redacted)(?=[^\s"'\\,;&]{0,64}(?:[\d#]|…|$))[^\s"'\\,;&]{8,})/gi,
  ),
  // signed addresses, and those that are secrets themselves
  shape(
    'sig= key= signature= credential=',
    /([?&](?:sig|key|x-amz-signature|x-amz-credential|x-goog-signature)=)((?!\[redacted)[^\s&"'\\]{8,})/gi,
  ),
  shape(
    'hooks.slack discord webhook.office api.telegram',
    /(hooks\.slack\.com\/(?:services|workflows|triggers)\/|discord(?:app)?\.com\/api\/webhooks\/|webhook\.office\.com\/webhookb2\/|api\.telegram\.org\/bot)((?!\[redacted)[^\s"'\\<>)]{6,})/gi,
  ),
  // user:password@host, and cut before its host
  shape('://', /\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"']{0,64}:)((?!\[redacted)[^\s@"']{1,200})(?=@)/gi),
  shape(
    '://',
    /\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"']{0,64}:)((?!\d{1,5}(?:…|$)|\[redacted)[^\s@"'/?#…]{1,200})(?=…|$)/gi,
  ),
  token('eyj', 'eyJ', { body: '[A-Za-z0-9_+/#=-]', least: 20, tail: '(?:\\.[A-Za-z0-9_#-]*){0,4}' }),
  token(
    '_',
    '(?:hf|gh[opsur]|github_pat|npm|dop_v1|dckr_pat|[sr]k_(?:live|test)|whsec|r8|gsk|shpat|glsa|glc|lin_api)_',
    { body: '[A-Za-z0-9_#]' },
  ),
  token(
    'glpat glrt gldt nvapi xox xapp pypi sk-',
    '(?:glpat|glrt|gldt|nvapi|xox[abeoprs]|xapp|pypi|sk-(?:proj|ant|or|svcacct))-',
    {
      least: 12,
    },
  ),
  shape('sk-', /()\b(sk-(?=[\w-]{0,64}[A-Z])(?=[\w-]{0,64}\d)[A-Za-z0-9_#-]{16,})/g),
  token('aiza ya29. ya#. ya<n>. hvs. hvb. hvr. age-secret', 'AIza|(?:ya(?:29|#|<n>)|hv[sbr])\\.|AGE-SECRET-KEY-1', {
    least: 12,
  }),
  // the kinds of log lines, where digits and what holds them have become <n> and <id>
  shape('<id>.', /((?:<id>|<hex>)\.<id>\.)([A-Za-z0-9_#-]{4,})/g),
  shape('xox', /(\bxox[abeoprs]-(?:<n>-)+)([A-Za-z0-9_#-]{4,})/g),
  shape('akia asia', /()\b((?:AKIA|ASIA)(?:[0-9A-Z]{16}\b|(?=[A-Z]{0,16}#)[0-9A-Z#]{6,16}|[0-9A-Z]{4,15}(?=…|$)))/g),
  // a wallet's seed
  shape('', /()\b([a-z]{55})\b/g),
  {
    needles: [''],
    pattern: /\b[a-z]{24,54}(?=…|$)/g,
    // words have few of these letters, and random ones many
    replace: (mask) => (run: string) => (run.replace(/[^jkqvwxz]/g, '').length >= 4 ? mask(run) : run),
  },
]

/** What the shapes above have in them: most texts have none of it, and one look is enough. */
const suspicious = new RegExp(
  `:\\/\\/|<id>\\.|bearer\\s|basic\\s|eyJ|A[KS]IA|AIza|AGE-SECRET|discord|webhook\\.office|telegram|[a-z]{24}|PRIVATE KEY|last-applied|cookie|authorization|identified by|phrase|["']auth|credential|[?&](?:sig|key|x-amz|x-goog)|--?u(?:ser)?[\\s=]|hooks\\.|(?:hf|gh[opsur]|github_pat|npm|dop_v1|dckr_pat|[sr]k|whsec|r8|gsk|shpat|glsa|glc|lin_api|glpat|glrt|gldt|nvapi|xox[abeoprs]|xapp|pypi)[-_]|ya(?:29|#|<n>)\\.|hv[sbr]\\.|${words}`,
  'i',
)

/** Runs that may be random. A hash, an identifier or a name has not all of capitals, small letters and digits, close together. */
const runs = /(?<![A-Za-z0-9#+/_-])[A-Za-z0-9#+/_-]{20,}={0,2}/g

/** A text without secrets of a known shape, and without words that look like nothing but keys. */
export function withoutSecrets(input: string, mask: Mask): string {
  let output = input
  if (suspicious.test(output)) {
    const small = output.toLowerCase()
    for (const { needles, pattern, replace } of shapes)
      if (needles.some((needle) => small.includes(needle)))
        output = output.replace(pattern, replace(mask) as () => string)
  }
  return output.length < 20 ? output : output.replace(runs, (run) => (looksRandom(run) ? mask(run) : run))
}
