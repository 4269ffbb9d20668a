/** Ends that an English word may take: nodes, deployed, launching, running, tried. */
function forms(word: string): string[] {
  const ends = [word, `${word}s`, `${word}es`, `${word}ed`, `${word}ing`, `${word}'s`]
  if (word.endsWith('e')) ends.push(`${word}d`, `${word.slice(0, -1)}ing`)
  if (word.endsWith('y')) ends.push(`${word.slice(0, -1)}ies`, `${word.slice(0, -1)}ied`)
  if (/[aeiou][bdgmnprt]$/.test(word)) ends.push(`${word}${word.at(-1)}ing`, `${word}${word.at(-1)}ed`)
  return ends
}

/** Words of a text, in lower case; dashes part words, because names were taken out before. */
export function wordsOf(plain: string): string[] {
  return (
    plain
      .toLowerCase()
      .replace(/[’`]/g, "'")
      .match(/[a-z0-9]+(?:'[a-z]+)?/g) ?? []
  )
}

/**
 * Whether one of `group`'s alternatives ("launch|start|spin up") stands in the words, in any English form. Words of six
 * letters and more may have one slip of the pen (a letter too many, too few, wrong or swapped), the first letter aside.
 */
export function hasGroup(words: readonly string[], group: string): boolean {
  return group.split('|').some((alternative) => hasPhrase(words, alternative.split(' ')))
}

function hasPhrase(words: readonly string[], phrase: string[]): boolean {
  return words.some((_, start) => phrase.every((part, offset) => means(words[start + offset], part)))
}

function means(word: string | undefined, wanted: string): boolean {
  if (word === undefined) return false
  if (forms(wanted).includes(word)) return true
  if (wanted.length < 6 || word[0] !== wanted[0]) return false
  return oneSlip(word, wanted) || (word.endsWith('s') && oneSlip(word.slice(0, -1), wanted))
}

function oneSlip(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false
  let start = 0
  while (start < a.length && a[start] === b[start]) start += 1
  const [restA, restB] = [a.slice(start), b.slice(start)]
  if (restA.length === restB.length) {
    if (restA.slice(1) === restB.slice(1)) return true
    return restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2)
  }
  return restA.length > restB.length ? restA.slice(1) === restB : restA === restB.slice(1)
}
