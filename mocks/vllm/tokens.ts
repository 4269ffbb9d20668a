/** Pieces of about the size of a language model's tokens; joined they give the text again. */
export function tokenise(text: string): string[] {
  return text.match(/ ?[A-Za-z]{1,7}|[^\S ]+| ?\d{1,3}| ?[^\sA-Za-z\d]|\s/gu) ?? []
}

/** A stable number for a token, as `/tokenize` gives. */
export function tokenId(token: string): number {
  let hash = 2_166_136_261
  for (const character of token) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16_777_619)
  return (hash >>> 0) % 151_643
}
