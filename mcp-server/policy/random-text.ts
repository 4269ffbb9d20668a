/** `#` stands for digits where a tool counts equal messages. */
const classOf = (code: number): number =>
  code >= 97 && code <= 122 ? 1 : code >= 65 && code <= 90 ? 2 : (code >= 48 && code <= 57) || code === 35 ? 3 : 0

/**
 * Whether small letters, capitals and digits alternate as in a generated key. Of 62 equally likely characters six in ten differ in
 * kind from the one before; in CamelCase of words, in versions and in paths fewer than four in ten do.
 */
function alternates(text: string, from: number, to: number): boolean {
  let changes = 0
  let numbers = 0
  let capitals = 0
  let small = 0
  let separators = 0
  let before = 0
  for (let at = from; at < to; at++) {
    const kind = classOf(text.charCodeAt(at))
    if (kind === 0) separators++
    else if (kind === 1) small++
    else if (kind === 2) capitals++
    else if (before !== 3) numbers++
    if (kind !== 0 && before !== 0 && kind !== before) changes++
    before = kind
  }
  const length = to - from
  return numbers >= 2 && capitals >= 2 && small >= 2 && separators <= length * 0.12 && changes >= length * 0.42
}

/** Not so a name beside a hash: `Deployment/0a1b2c3d`. */
const partsAlternate = (run: string): boolean =>
  run.split(/[+/_-]/).every((part) => part.length < 6 || (/[A-Z]/.test(part) && /[a-z\d#]/.test(part)))

/** A run of letters, digits and `+/_-`, or a part of it between those, that is a generated key by its looks. */
export function looksRandom(run: string, shortest = 20): boolean {
  const end = run.endsWith('=') ? run.indexOf('=') : run.length
  if (end >= shortest && alternates(run, 0, end) && partsAlternate(run.slice(0, end))) return true
  let from = 0
  for (let at = 0; at <= end; at++) {
    if (at < end && classOf(run.charCodeAt(at)) !== 0) continue
    if (at - from >= shortest && alternates(run, from, at)) return true
    from = at + 1
  }
  return false
}
