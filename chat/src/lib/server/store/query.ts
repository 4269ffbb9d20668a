/** What was typed into the search box. Words are lower case and hold nothing but letters and digits. */
export interface SearchQuery {
  /** Each must be there: one word, or several in a row. The last word of a term that is not quoted may go on. */
  terms: { words: string[]; prefix: boolean }[]
  /** None of these may be there */
  without: { words: string[]; prefix: boolean }[]
}

const most = { terms: 12, words: 24, characters: 60 }

const wordsIn = (text: string): string[] =>
  (
    text
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  )
    .slice(0, most.words)
    .map((word) => word.slice(0, most.characters))

/**
 * Words as prefixes, several of them all, `"quoted phrases"` in a row and whole, `-word` not. Anything can be typed: what is
 * neither letter nor digit only separates.
 */
export function parseQuery(text: string): SearchQuery {
  const query: SearchQuery = { terms: [], without: [] }
  for (const [, minus, quoted, plain] of text.slice(0, 1_000).matchAll(/(?<=^|\s)(-?)(?:"([^"]*)"?|(\S+))/gu)) {
    const words = wordsIn(quoted ?? plain ?? '')
    const into = minus ? query.without : query.terms
    if (words.length > 0 && into.length < most.terms) into.push({ words, prefix: quoted === undefined })
  }
  return query
}

const termQuery = ({ words, prefix }: SearchQuery['terms'][number], between: string) =>
  `(${words.map((word, index) => `'${word}'${prefix && index === words.length - 1 ? ':*' : ''}`).join(between)})`

/**
 * For to_tsquery. Undefined when nothing is looked for: words that must not be there are no search by themselves. With `apart` the
 * words of a term may stand anywhere: what an index can tell without the text. It finds all that the query itself finds.
 */
export function tsQuery({ terms, without }: SearchQuery, { apart = false } = {}): string | undefined {
  if (terms.length === 0) return undefined
  const unwanted = apart ? without.filter(({ words }) => words.length === 1) : without
  return [
    ...terms.map((term) => termQuery(term, apart ? ' & ' : ' <-> ')),
    ...unwanted.map((term) => `!${termQuery(term, ' <-> ')}`),
  ].join(' & ')
}
