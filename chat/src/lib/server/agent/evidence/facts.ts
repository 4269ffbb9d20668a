/** A number as it stands in a text, with its unit where one is known. */
export interface NumberFact {
  value: number
  decimals: number
  unit?: string
  text: string
}

/** What of a sentence can be looked up in the answer of a tool. */
export interface Facts {
  numbers: NumberFact[]
  names: string[]
  states: string[]
}

const units: Record<string, string> = {
  '%': '%',
  percent: '%',
  pct: '%',
  ms: 'ms',
  milliseconds: 'ms',
  s: 's',
  sec: 's',
  seconds: 's',
  second: 's',
  min: 'min',
  minutes: 'min',
  minute: 'min',
  h: 'h',
  hours: 'h',
  hour: 'h',
  d: 'd',
  days: 'd',
  day: 'd',
  b: 'B',
  kb: 'KB',
  kib: 'KiB',
  mb: 'MB',
  mib: 'MiB',
  gb: 'GB',
  gib: 'GiB',
  tb: 'TB',
  tib: 'TiB',
  w: 'W',
  kw: 'kW',
  '°c': '°C',
  k: 'k',
  m: 'm',
  '€': 'EUR',
  eur: 'EUR',
  $: 'USD',
  usd: 'USD',
}

/** Names of Kubernetes and of this house that say how something is. Word forms are one state. */
const states: [string, RegExp][] = [
  ['crashloopbackoff', /\bcrash[ -]?loop(?:s|ing|backoff)?\b/i],
  ['oomkilled', /\boom[- ]?(?:killed|kill|kills)\b/i],
  ['imagepullbackoff', /\b(?:imagepullbackoff|errimagepull)\b/i],
  ['notready', /\bnot[ -]?ready\b/i],
  ['ready', /(?<!not[ -]?)\bready\b/i],
  ['unhealthy', /\bunhealthy\b/i],
  ['healthy', /\bhealthy\b/i],
  ['degraded', /\bdegraded\b/i],
  ['cordoned', /\b(?:cordoned|schedulingdisabled|unschedulable)\b/i],
  ['firing', /\bfiring\b/i],
  ['pending', /\bpending\b/i],
  ['running', /\brunning\b/i],
  ['failed', /\b(?:failed|failing)\b/i],
  ['evicted', /\bevicted\b/i],
  ['unreachable', /\bunreachable\b/i],
  ['succeeded', /\bsucceeded\b/i],
  ['idle', /\bidle\b/i],
]

/**
 * What was done to a thing: told without a source it sends people after the wrong cause. English and German as they are told, and
 * the word by which an answer of a tool may know of it. What is only planned, or did not happen, is none.
 */
const done = (english: string, german: string) =>
  new RegExp(
    `(?<!\\b(?:be|been|being|not|never|nothing|nichts|nicht)\\s(?:\\w+\\s)?)\\b(?:${english}|(?:${german})(?!\\s+(?:werden|wird|sein)\\b))\\b`,
    'i',
  )
const happenings: [string, said: RegExp, stands: RegExp][] = [
  ['replaced', done('replaced|swapped', 'ersetzt|ausgetauscht|getauscht'), /replac|swap/i],
  ['upgraded', done('upgraded|downgraded|updated|patched', 'aktualisiert|gepatcht'), /upgrad|downgrad|updat|patch/i],
  ['installed', done('(?:re)?installed', '(?:neu )?installiert'), /install/i],
  ['rebooted', done('rebooted', 'neu gebootet|gebootet'), /boot/i],
  ['restarted', done('restarted', 'neu ?gestartet'), /restart/i],
  ['migrated', done('migrated|relocated', 'migriert|umgezogen'), /migrat|relocat/i],
  ['repaired', done('repaired', 'repariert'), /repair/i],
  ['unplugged', done('unplugged|disconnected', 'abgezogen|getrennt'), /unplug|disconnect/i],
]

const statedBy =
  /\b(?:is|are|was|were|stays?|remains?|went|became|becomes|has|have|had|shows?|reports?|in|state|status)\b/i

/** Object names: parts joined by - / . : or _, in which a digit stands or that are set as code or bold. */
const nameLike = /[A-Za-z0-9](?:[A-Za-z0-9]|[-./:](?=[A-Za-z0-9]))*[A-Za-z0-9]/g
const kindBefore =
  /\b(?:clusters?|nodes?|pods?|namespaces?|models?|deployments?|jobs?|services?|gpus?|hosts?)\s+[`*"“]*$/i
const toolName = /^[a-z]+(?:_[a-z]+)+$/
const number =
  /(?<![\w.,-])([€$]?)([-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[-+]?\d+(?:\.\d+)?)\s?(%|°C|[A-Za-z€$]+(?![\w-]))?(?![\w])/g
const dateOrTime = /\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?Z?)?|\b\d{1,2}:\d\d(?::\d\d)?Z?\b/g

export const unitOf = (word: string | undefined): string | undefined =>
  word === undefined ? undefined : units[word.toLowerCase()]

/** Numbers of a text from which names are already gone. */
export function numbersOf(text: string): NumberFact[] {
  return [...text.matchAll(number)].flatMap((match): NumberFact[] => {
    if (/\d(?:st|nd|rd|th)$/.test(match[0])) return []
    const digits = match[2]!.replaceAll(',', '')
    const unit = unitOf(match[3]) ?? unitOf(match[1] || undefined)
    return [
      {
        value: Number(digits),
        decimals: digits.split('.')[1]?.length ?? 0,
        ...(unit && { unit }),
        text: match[0].trim(),
      },
    ]
  })
}

export const statesOf = (text: string): string[] =>
  states.flatMap(([state, pattern]) => (pattern.test(text) ? [state] : []))

/** The words of a state as a tool's text may have them. */
export const hasState = (text: string, state: string): boolean =>
  (states.find(([name]) => name === state)?.[1] ?? happenings.find(([name]) => name === state)?.[2])?.test(text) ??
  false

/** The text with everything that is a name, a date or a time blanked, and what was blanked. */
export function takeNames(text: string, isKnown: (name: string) => boolean): { rest: string; names: string[] } {
  const names: string[] = []
  const blank = (match: string) => ' '.repeat(match.length)
  let rest = text.replace(dateOrTime, (match) => {
    names.push(match)
    return blank(match)
  })
  rest = rest.replace(nameLike, (match, offset: number) => {
    if (toolName.test(match) || /^[\d.,:/-]+$/.test(match)) return match
    const marked = /[`*"“]$/.test(rest.slice(0, offset)) && /^[`*"”]/.test(rest.slice(offset + match.length))
    const joined = /[-./:]/.test(match)
    const isName =
      (joined &&
        (/\d/.test(match) ||
          marked ||
          (offset === 0 && /^[a-z]/.test(match)) ||
          kindBefore.test(rest.slice(0, offset)) ||
          isKnown(match))) ||
      (/\d/.test(match) && /[a-z]/i.test(match) && isKnown(match))
    if (!isName || measured.test(match)) return match
    names.push(match)
    return blank(match)
  })
  return { rest, names }
}

/** `87.3GiB`, `4xH100`, `2-GPU`: a number with its unit, not the name of anything. */
const measured = /^\d+(?:\.\d+)?(?:%|[a-z]{1,3}|-?gpus?)$/i

/** `0,71 s`, as German and others write it; `1,234` is taken for a thousand. */
const decimalComma = /(?<![\d.,])(\d+),(\d{1,2}|\d{4,})(?![\d.,]*\d)/g

/** The hard facts of a sentence. `isKnown`: whether a name stands in some answer. */
export function factsOf(sentence: string, isKnown: (name: string) => boolean): Facts {
  const { rest, names } = takeNames(sentence.replace(decimalComma, '$1.$2'), isKnown)
  const numbers = numbersOf(rest)
  const told = statesOf(rest)
  const camel = /\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b/.test(sentence)
  const counts = told.length > 0 && (names.length > 0 || numbers.length > 0 || camel || statedBy.test(rest))
  const happened = happenings.flatMap(([name, said]) => (said.test(rest) ? [name] : []))
  return { numbers, names: [...new Set(names)], states: [...(counts ? told : []), ...happened] }
}
